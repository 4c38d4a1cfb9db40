// Candidates: the values that may be under way, read with care. A candidate is a start, and all detectors that may match
// from there.
import type { Automata } from './automata.ts'
import { LONGEST_UNDECIDED, shortestMatch } from './bounds.ts'
import { STRING_BREAK } from './continued-stream.ts'
import { Endings, type Match } from './endings.ts'
import { accepts, isInRunUp } from './grammar.ts'
import { NO_STARTS, type PlacedEnding } from './lineups.ts'
import {
  CARE,
  ENDED,
  FIRST,
  PLAIN,
  READS,
  RUNS_UP,
  type Ending,
  type Product,
  type Rule,
  type Thread,
} from './product.ts'

/** So many candidates are under way before those that can't matter any more are looked for. */
const PRUNE_AT = 6
const NOWHERE = -1

/**
 * Invariants: candidates are in the order of their starts. A rule's match is its leftmost valid start with that start's
 * longest valid end; the rule's next match begins at or after that end, so what began in between is forgotten. Nothing
 * stays undecided for longer than LONGEST_UNDECIDED units, so hostile text can't pile candidates up: time is linear.
 */
export class Candidates {
  /** How many there are; and from index 1 on, where each began, and its state in the product. */
  count = 0
  readonly starts: number[] = [...NO_STARTS]
  readonly states: number[] = [0]
  /** Matches that have become certain and complete, until somebody takes them. */
  matches: Match[] = []
  private readonly automata: Automata
  private product: Product
  private readonly endings: Endings
  private pruneAt = PRUNE_AT

  /** `text` gives the source between two offsets; it is asked for nothing before `textFrom`. */
  constructor(automata: Automata, text: (from: number, to: number) => string) {
    this.automata = automata
    this.product = automata.lineups.product
    this.endings = new Endings(automata, text)
  }

  /** Whether some match waits, so that every end of a rule may decide something. */
  get isEager(): boolean {
    return this.endings.isEager
  }

  /** Where the first one began; Infinity: there is none. */
  get first(): number {
    return this.count > 0 ? (this.starts[1] as number) : Infinity
  }

  /** Goes on with candidates in these states, which began where `starts` says. */
  load(states: readonly number[]): void {
    this.count = states.length
    for (let i = 0; i < states.length; i++) this.states[i + 1] = states[i] as number
  }

  /** Goes on with another product. */
  adopt(product: Product): void {
    for (let i = 1; i <= this.count; i++) {
      this.states[i] = product.stateOf(this.product.threads(this.states[i] as number))
    }
    this.product = product
  }

  /** Every candidate reads the code unit at `at`, of class k. */
  read(k: number, at: number): void {
    this.expire(at)
    const { product, starts, states } = this
    let steps = 0
    let dead = false
    for (let i = 1; i <= this.count; i++) {
      const before = states[i] as number
      const step = product.next(before, k)
      states[i] = step & PLAIN
      steps |= step
      if ((step & CARE) !== 0) this.note(product.endingsOf(before, k), starts[i] as number, at)
      dead ||= step < FIRST
    }
    if (dead) this.bury()
    if (this.endings.some || ((steps & ENDED) !== 0 && this.isEager)) this.resolve()
  }

  /**
   * Decides what the unit at `at`, the window's `i`, ends (`Lineups.endings`) of candidates that began where `marks` says;
   * false: it must be read with care, since more comes of it than that some are over. Nothing waits.
   */
  decides(ends: readonly PlacedEnding[], marks: Int32Array, i: number, at: number): boolean {
    const { endings } = this
    const from = at - i
    for (const ending of ends) {
      if (!this.take(ending, from + (marks[ending.place] as number), at)) return endings.drop()
    }
    return !endings.some || endings.resolveAlone(this.matches, (match) => concerns(match, ends, marks, from))
  }

  /** Adds the candidate whose first code unit is the one at `at`. */
  begin(state: number, at: number): void {
    this.count++
    this.starts[this.count] = at
    this.states[this.count] = state
    if (this.count >= this.pruneAt) this.prune(at + 1)
  }

  /** The text ends at `at`. */
  end(at: number): void {
    this.expire(at)
    for (let i = 1; i <= this.count; i++) {
      this.note(this.product.endingsOf(this.states[i] as number, undefined), this.starts[i] as number, at)
    }
    this.count = 0
    this.resolve()
  }

  /** Forgets what has read too long a run-up, everything before `at` being read; says whether anything has. */
  expire(at: number): boolean {
    let isOver = false
    for (let i = 1; i <= this.count; i++) {
      const state = this.states[i] as number
      const length = at - (this.starts[i] as number)
      if ((state & RUNS_UP) === 0 || length <= this.automata.runUp) continue
      if (length > this.automata.longestRunUp) this.states[i] = this.product.afterRunUps(state)
      else this.keepOnly(i, (thread) => !isInRunUp(thread.state) || length <= thread.rule.grammar.runUp)
      isOver ||= this.states[i] !== state
    }
    if (isOver) this.bury()
    return isOver
  }

  /** The first offset whose text may still be asked for, everything before `at` being read; Infinity: none. */
  textFrom(at: number): number {
    for (let i = 1; i <= this.count; i++) {
      // Longer values are neither checked nor looked at.
      const start = this.starts[i] as number
      if (((this.states[i] as number) & READS) !== 0 && at - start <= LONGEST_UNDECIDED + 1) return start
    }
    return Infinity
  }

  /**
   * Where things stand when everything before `at` was read. `certain` gets the matches under way that are certain, as far
   * as they are. The result is the first offset that candidates could cover beyond that, and the policy's place of the
   * rule that could begin there (NOWHERE where a certain match could go on there). What waits for an earlier candidate of
   * its rule holds back no more than that one.
   */
  survey(at: number, certain: Match[]): { hold: number; order: number } {
    let hold = at
    let order = NOWHERE
    this.automata.leaders.begin()
    for (let i = 1; i <= this.count; i++) {
      const start = this.starts[i] as number
      for (const thread of this.product.threads(this.states[i] as number)) {
        const { rule } = thread
        if (this.isMoot(rule, start)) continue
        const end = this.lead(thread, start, at)
        if (end !== NOWHERE)
          certain.push({ rule, start, end, text: rule.detector.placeholder, isWhole: false })
        const from = end === NOWHERE ? start : end
        if (from >= hold) continue
        hold = from
        order = end === NOWHERE ? rule.order : NOWHERE
      }
    }
    return { hold, order }
  }

  /** The opening of a value under way that would go on in another string. */
  goesOn(): string | undefined {
    const { classes } = this.automata
    for (const { rule, state } of this.threads()) {
      const { opening } = rule.detector
      if (opening === undefined) continue
      let next = state
      for (let i = 0; i < STRING_BREAK.length; i++) {
        const k = classes[STRING_BREAK.charCodeAt(i)] as number
        next = next === 0 ? 0 : rule.grammar.next(next, rule.column[k] as number)
      }
      if (next !== 0) return opening
    }
    return undefined
  }

  /** A continuation with which the earliest candidate matches, its check aside: the reason for holding text back. */
  justify(): { detector: string; start: number; continuation: string } | undefined {
    for (const { rule, state } of this.threads()) {
      const { detector, grammar } = rule
      return { detector: detector.name, start: this.first, continuation: shortestMatch(grammar, state) }
    }
    return undefined
  }

  private *threads(): Generator<Thread> {
    for (let i = 1; i <= this.count; i++) yield* this.product.threads(this.states[i] as number)
  }

  private resolve(): void {
    for (const match of this.endings.resolve(this)) this.matches.push(match)
  }

  private note(endings: readonly Ending[], start: number, at: number): void {
    for (const ending of endings) this.take(ending, start, at)
  }

  // Takes what the unit at `at` does to a candidate's thread. False: that has read too long a run-up.
  private take(ending: Ending, start: number, at: number): boolean {
    const { rule, from, isWhole } = ending
    if (ending.isOutOfRunUp && at - start > rule.grammar.runUp) return false
    if (ending.isNoted) this.endings.note(rule, start, at)
    if (ending.isOver) this.endings.add({ rule, start, from, at, isWhole })
    return true
  }

  private bury(): void {
    const { starts, states } = this
    let kept = 0
    for (let i = 1; i <= this.count; i++) {
      if ((states[i] as number) < FIRST) continue
      kept++
      starts[kept] = starts[i] as number
      states[kept] = states[i] as number
    }
    this.count = kept
    if (kept < PRUNE_AT) this.pruneAt = PRUNE_AT
  }

  // A candidate can't matter to a rule that is certain to match beyond its start.
  private isMoot({ order }: Rule, start: number): boolean {
    return start < this.automata.leaders.of(order)
  }

  // Lets a candidate lead its rule, if it is the first, and says up to where its match is certain; NOWHERE: it isn't.
  private lead({ rule, state, found }: Thread, start: number, at: number): number {
    const { leaders } = this.automata
    if (leaders.of(rule.order) !== NOWHERE) return NOWHERE
    let certain = NOWHERE
    if (rule.certain && (found || accepts(state))) {
      const end = accepts(state) ? at : (this.endings.notedEnd(rule, start) as number)
      if (end - start >= rule.leavesFrom) certain = end
    }
    leaders.lead(rule.order, Math.max(certain, start))
    return certain
  }

  // Forgets what can't matter because a match that is certain covers its start.
  private prune(at: number): void {
    this.automata.leaders.begin()
    for (let i = 1; i <= this.count; i++) {
      const start = this.starts[i] as number
      this.keepOnly(i, ({ rule }) => !this.isMoot(rule, start))
      for (const thread of this.product.threads(this.states[i] as number)) this.lead(thread, start, at)
    }
    this.bury()
    this.pruneAt = Math.max(PRUNE_AT, 2 * this.count)
  }

  /** Whether one with this rule began before `start`. */
  isLed(rule: Rule, start: number): boolean {
    for (let i = 1; i <= this.count && (this.starts[i] as number) < start; i++) {
      for (const thread of this.product.threads(this.states[i] as number))
        if (thread.rule === rule) return true
    }
    return false
  }

  /** What began inside of a match of its rule is over. */
  forgetInside({ rule, start, end }: Match): void {
    for (let i = 1; i <= this.count; i++) {
      const from = this.starts[i] as number
      if (from > start && from < end) this.keepOnly(i, (thread) => thread.rule !== rule)
    }
    this.bury()
  }

  private keepOnly(i: number, matters: (thread: Thread) => boolean): void {
    const threads = this.product.threads(this.states[i] as number)
    if (threads.every(matters)) return
    this.states[i] = this.product.stateOf(threads.filter(matters))
  }
}

// Whether candidates outlive a step that the match's rule would have to wait for, or to forget.
function concerns(
  { rule, start, end }: Match,
  ends: readonly PlacedEnding[],
  marks: Int32Array,
  from: number,
): boolean {
  const others = ends.find((ending) => ending.rule === rule)?.others ?? []
  for (const place of others) {
    const other = from + (marks[place] as number)
    if (other !== start && other < end) return true
  }
  return false
}
