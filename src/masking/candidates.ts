// Candidates: the values that may be under way, read with care. A candidate is a start, and all detectors that may match
// from there.
import type { Automata } from './automata.ts'
import { LONGEST_UNDECIDED, shortestMatch } from './bounds.ts'
import { STRING_BREAK } from './continued-stream.ts'
import { accepts } from './grammar.ts'
import { ACCEPTS, ENDED, FIRST, LEAVES, READS, type Product, type Rule, type Thread } from './product.ts'
import { longestValid, replacement } from './validate.ts'

/** A value that its detector is certain of. */
export interface Match {
  readonly rule: Rule
  readonly start: number
  readonly end: number
  /** What it leaves as. */
  readonly text: string
}

/** The matches of one rule that a candidate has read: the longest, and where it is checked the shorter ones too. */
interface Found {
  readonly rule: Rule
  end: number
  readonly ends: number[]
  checked: boolean
}

class Candidate {
  readonly start: number
  state: number
  found: Found[] | undefined
  /** Whether some detector has ended since it was last decided what was found. */
  ended = false

  constructor(start: number, state: number) {
    this.start = start
    this.state = state
  }
}

/** So many candidates are stepped before those that can't matter any more are looked for. */
const PRUNE_AT = 6
const NOWHERE = -1

/**
 * Invariants: candidates are in the order of their starts. A rule's match is its leftmost valid start with that start's
 * longest valid end; the rule's next match begins at or after that end, so what began in between is forgotten. Nothing
 * stays undecided for longer than LONGEST_UNDECIDED units, so hostile text can't pile candidates up: time is linear.
 */
export class Candidates {
  readonly list: Candidate[] = []
  /** Matches that have become certain and complete, until somebody takes them. */
  matches: Match[] = []
  private product: Product
  private readonly text: (from: number, to: number) => string
  /** By rule, within one pass: its first candidate, the leading one, is certain to match up to here, at least its start. */
  private readonly led: Float64Array
  /** Whether some match waits for an earlier candidate of its rule. */
  private waiting = false
  private pruneAt = PRUNE_AT

  /** `text` gives the source between two offsets; it is asked for nothing before `textFrom`. */
  constructor({ lineups, led }: Automata, text: (from: number, to: number) => string) {
    this.text = text
    this.product = lineups.product
    this.led = led
  }

  /** Begins with candidates that have found nothing. */
  load(states: readonly number[], starts: readonly number[]): void {
    this.list.length = 0
    for (let i = 0; i < states.length; i++) this.begin(states[i] as number, starts[i] as number)
  }

  /** Goes on with another product. */
  adopt(product: Product): void {
    for (const candidate of this.list) {
      candidate.state = product.stateOf(this.product.threads(candidate.state))
    }
    this.product = product
  }

  /** Every candidate reads the code unit at `at`, of class k. */
  step(k: number, at: number): void {
    const { list, product, waiting } = this
    let ended = false
    let dead = 0
    for (let i = 0; i < list.length; i++) {
      const candidate = list[i] as Candidate
      const { state } = candidate
      const next = product.next(state, k)
      candidate.state = next
      if ((next & (ENDED | LEAVES)) === 0) continue
      if ((next & LEAVES) !== 0) this.note(candidate, state, k, at)
      if ((next & ENDED) === 0) continue
      if (waiting || candidate.found) ended = candidate.ended = true
      // What ends without having found anything concerns nobody, save those who wait for it.
      else if (next < FIRST) dead++
    }
    if (ended) this.resolve()
    else if (dead > 0) this.bury()
  }

  /** Adds the candidate whose first code unit is the one at `at`. */
  begin(state: number, at: number): void {
    this.list.push(new Candidate(at, state))
    if (this.list.length >= this.pruneAt) this.prune(at + 1)
  }

  /** The text ends at `at`. */
  end(at: number): void {
    for (const candidate of this.list) {
      this.note(candidate, candidate.state, undefined, at)
      candidate.state = 0
      candidate.ended = true
    }
    this.resolve()
  }

  /** Whether nothing has been found: then a line-up says as much. */
  isCalm(): boolean {
    if (this.waiting) return false
    for (const { state, found } of this.list) if ((state & ACCEPTS) !== 0 || found) return false
    return true
  }

  /** The first offset whose text may still be asked for; Infinity: none. */
  textFrom(at: number): number {
    for (const { start, state, found } of this.list) {
      // Longer values are neither checked nor looked at.
      if (at - start > LONGEST_UNDECIDED + 1) continue
      if ((state & READS) !== 0 || found?.some(({ rule }) => rule.reads)) return start
    }
    return Infinity
  }

  /**
   * Where things stand when everything before `at` was read. `certain` gets the matches under way that are certain, as far
   * as they are. The result is the first offset that candidates could cover beyond that, and the policy's place of the
   * rule that could begin there (NOWHERE where a certain match could go on there).
   */
  survey(at: number, certain: Match[]): { hold: number; order: number } {
    let hold = at
    let order = NOWHERE
    this.led.fill(NOWHERE)
    for (const candidate of this.list) {
      const { start } = candidate
      for (const thread of this.product.threads(candidate.state)) {
        const { rule } = thread
        if (this.isMoot(rule, start)) continue
        const end = this.lead(candidate, thread, at)
        if (end !== NOWHERE) certain.push({ rule, start, end, text: rule.detector.placeholder })
        const from = end === NOWHERE ? start : end
        if (from >= hold) continue
        hold = from
        order = end === NOWHERE ? rule.order : NOWHERE
      }
      // What waits for an earlier candidate of its rule; that one holds back more.
    }
    return { hold, order }
  }

  /** The opening of a value under way that would go on in another string. */
  goesOn(classes: Uint8Array | Uint16Array): string | undefined {
    for (const { state } of this.list) {
      for (const { rule, state: from } of this.product.threads(state)) {
        const { opening } = rule.detector
        if (opening === undefined) continue
        let next = from
        for (let i = 0; i < STRING_BREAK.length; i++) {
          const k = classes[STRING_BREAK.charCodeAt(i)] as number
          next = next === 0 ? 0 : rule.grammar.next(next, rule.column[k] as number)
        }
        if (next !== 0) return opening
      }
    }
    return undefined
  }

  /** A continuation with which the earliest candidate matches, its check aside: the reason for holding text back. */
  justify(): { detector: string; start: number; continuation: string } | undefined {
    for (const { start, state } of this.list) {
      for (const thread of this.product.threads(state)) {
        const { detector, grammar } = thread.rule
        return { detector: detector.name, start, continuation: shortestMatch(grammar, thread.state) }
      }
    }
    return undefined
  }

  // Notes the matches that end before the unit of class k at `at` (undefined: the end of the text).
  private note(candidate: Candidate, before: number, k: number | undefined, at: number): void {
    for (const { rule, state } of this.product.threads(before)) {
      if (!accepts(state) || (k !== undefined && rule.barred[k] !== 0)) continue
      let found = foundBy(candidate, rule)
      if (!found) (candidate.found ??= []).push((found = { rule, end: at, ends: [], checked: false }))
      found.end = at
      if (rule.detector.check) found.ends.push(at)
    }
  }

  private bury(): void {
    const { list } = this
    let kept = 0
    for (const candidate of list) if (candidate.state >= FIRST || candidate.found) list[kept++] = candidate
    list.length = kept
  }

  // A candidate can't matter to a rule that is certain to match beyond its start.
  private isMoot({ order }: Rule, start: number): boolean {
    return start < (this.led[order] as number)
  }

  // Lets the candidate lead its rule, if it is the first, and says up to where its match is certain; NOWHERE: it isn't.
  private lead(candidate: Candidate, { rule, state }: Thread, at: number): number {
    const { start } = candidate
    if (this.led[rule.order] !== NOWHERE) return NOWHERE
    let certain = NOWHERE
    if (rule.certain) {
      const end = accepts(state) ? at : foundBy(candidate, rule)?.end
      if (end !== undefined && end - start >= rule.leavesFrom) certain = end
    }
    this.led[rule.order] = Math.max(certain, start)
    return certain
  }

  // Forgets what can't matter because a match that is certain covers its start.
  private prune(at: number): void {
    const { list, led, product } = this
    led.fill(NOWHERE)
    let kept = 0
    for (const candidate of list) {
      this.keepOnly(candidate, (rule) => !this.isMoot(rule, candidate.start))
      const threads = product.threads(candidate.state)
      for (const thread of threads) this.lead(candidate, thread, at)
      if (threads.length > 0 || candidate.found) list[kept++] = candidate
    }
    list.length = kept
    this.pruneAt = Math.max(PRUNE_AT, 2 * kept)
  }

  // Decides what can be decided after threads ended: a match whose rule has an earlier start under way must wait for it.
  private resolve(): void {
    const { list, led, product } = this
    const decided: Match[] = []
    const { waiting } = this
    led.fill(NOWHERE)
    this.waiting = false
    let kept = 0
    for (const candidate of list) {
      const { start } = candidate
      // What began inside of a match of its rule is over.
      if (decided.length > 0) {
        this.keepOnly(candidate, (rule) => !decided.some((match) => match.rule === rule && start < match.end))
      }
      const threads = product.threads(candidate.state)
      if (candidate.found && (waiting || candidate.ended)) {
        this.settleFound(candidate, candidate.found, threads, decided)
      }
      candidate.ended = false
      for (const { rule } of threads) {
        if (led[rule.order] === NOWHERE) led[rule.order] = start
      }
      if (threads.length > 0 || candidate.found) list[kept++] = candidate
    }
    list.length = kept
    if (kept < PRUNE_AT) this.pruneAt = PRUNE_AT
    this.matches.push(...decided)
  }

  private keepOnly(candidate: Candidate, matters: (rule: Rule) => boolean): void {
    const threads = this.product.threads(candidate.state)
    const live = threads.filter(({ rule }) => matters(rule))
    if (live.length < threads.length) candidate.state = this.product.stateOf(live)
    const found = candidate.found?.filter(({ rule }) => matters(rule))
    candidate.found = found?.length ? found : undefined
  }

  private settleFound(
    candidate: Candidate,
    all: readonly Found[],
    threads: readonly Thread[],
    decided: Match[],
  ): void {
    const { start } = candidate
    const left = all.filter((found) => {
      const { rule } = found
      if (threads.some((thread) => thread.rule === rule)) return true
      if (!found.checked && !this.validate(start, found)) return false
      if (this.led[rule.order] !== NOWHERE) {
        this.waiting = true
        return true
      }
      const { end } = found
      decided.push({ rule, start, end, text: replacement(rule.detector, start, end, this.text) })
      return false
    })
    candidate.found = left.length > 0 ? left : undefined
  }

  private validate(start: number, found: Found): boolean {
    found.checked = true
    const { rule, ends } = found
    if (!rule.detector.check) return true
    const end = longestValid(rule.detector, start, ends, this.text)
    if (end === undefined) return false
    found.end = end
    return true
  }
}

function foundBy({ found }: Candidate, rule: Rule): Found | undefined {
  if (found) for (const known of found) if (known.rule === rule) return known
  return undefined
}
