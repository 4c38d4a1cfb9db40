// Candidates: the values that may be under way. A candidate is a start, and all detectors that may match from there.
import type { Anchors } from './anchors.ts'
import { STRING_BREAK } from './continued-stream.ts'
import { shortestMatch } from './grammar.ts'
import { ACCEPTS, CHECKS, ENDED, FIRST, type Product, type Rule, type Thread } from './product.ts'
import { longestValid } from './validate.ts'

/** A value that its detector is certain of. */
export interface Match {
  readonly rule: Rule
  readonly start: number
  readonly end: number
}

/** The longest match of one rule that a candidate has read; valid, once `checked`. */
interface Found {
  readonly rule: Rule
  end: number
  checked: boolean
}

class Candidate {
  readonly start: number
  /** The product's state after the first unit, and now. */
  readonly begun: number
  state: number
  found: Found[] | undefined

  constructor(start: number, state: number) {
    this.start = start
    this.begun = state
    this.state = state
  }
}

/** So many candidates are stepped before those that can't matter any more are looked for. */
const PRUNE_AT = 8
const NOWHERE = -1

/**
 * Invariants: candidates are in the order of their starts. A rule's match is its leftmost valid start with that start's
 * longest valid end, and the rule's next match begins at or after that end. Nothing stays undecided for longer than
 * LONGEST_UNDECIDED units, so hostile text can't pile candidates up: time is linear.
 */
export class Candidates {
  readonly list: Candidate[] = []
  /** Matches that have become certain and complete, until somebody takes them. */
  matches: Match[] = []
  private readonly text: (from: number, to: number) => string
  private readonly classes: Uint8Array
  private readonly product: Product
  /** By rule: where its last match ended. */
  private readonly resume: Float64Array
  /** By rule, within one pass: up to where its first candidate, the leading one, is certain to match, at least its start. */
  private readonly led: Float64Array
  /** Whether some match waits for an earlier candidate of its rule. */
  private waiting = false
  private pruneAt = PRUNE_AT

  /** `text` gives the source between two offsets; it is asked for nothing before `textFrom`. */
  constructor({ rules, classes, product }: Anchors, text: (from: number, to: number) => string) {
    this.text = text
    this.classes = classes
    this.product = product
    this.resume = new Float64Array(rules.length)
    this.led = new Float64Array(rules.length)
  }

  /** Every candidate reads the code unit at `at`, of class k. */
  step(k: number, at: number): void {
    const { list, product } = this
    let ended = false
    for (let i = 0; i < list.length; i++) {
      const candidate = list[i] as Candidate
      const { state } = candidate
      if ((state & ACCEPTS) !== 0) this.note(candidate, k, at)
      const next = product.next(state, k)
      candidate.state = next
      // What ends without having found anything concerns nobody, unless somebody waits for it.
      if ((next & ENDED) !== 0) ended ||= this.waiting || candidate.found !== undefined || next < FIRST
    }
    if (!ended) return
    const only = list.length === 1 ? list[0] : undefined
    if (only && only.state < FIRST && !only.found) list.length = 0
    else this.resolve()
  }

  /** Adds the candidate whose first code unit is the one at `at`. */
  begin(state: number, at: number): void {
    this.list.push(new Candidate(at, state))
    if (this.list.length >= this.pruneAt) this.prune(at + 1)
  }

  /** The text ends at `at`. */
  end(at: number): void {
    for (const candidate of this.list) {
      this.note(candidate, undefined, at)
      candidate.state = 0
    }
    this.resolve()
  }

  /** Whether no match is in sight: then what could be covered begins where the first candidate does. */
  isOpen(): boolean {
    if (this.matches.length > 0) return false
    for (const { state, found } of this.list) if ((state & ACCEPTS) !== 0 || found) return false
    return true
  }

  /** The first offset whose text may still be asked for; Infinity: none. */
  textFrom(): number {
    for (const { start, state, found } of this.list) {
      if ((state & CHECKS) !== 0) return start
      if (found?.some(({ rule, checked }) => rule.detector.check && !checked)) return start
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
        if (end !== NOWHERE) certain.push({ rule, start, end })
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
  goesOn(): string | undefined {
    for (const { start, state } of this.list) {
      for (const { rule, state: from } of this.product.threads(state)) {
        const { opening } = rule.detector
        if (opening === undefined || start < (this.resume[rule.order] as number)) continue
        let next = from
        for (let i = 0; i < STRING_BREAK.length; i++) {
          const k = this.classes[STRING_BREAK.charCodeAt(i)] as number
          next = rule.table[next + (rule.column[k] as number)] as number
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
        if (start < (this.resume[thread.rule.order] as number)) continue
        const { detector, grammar } = thread.rule
        return { detector: detector.name, start, continuation: shortestMatch(grammar, thread.state) }
      }
    }
    return undefined
  }

  // Notes the matches that end before the unit of class k at `at` (undefined: the end of the text).
  private note(candidate: Candidate, k: number | undefined, at: number): void {
    for (const { rule, state } of this.product.threads(candidate.state)) {
      if (state < rule.accepting || (k !== undefined && rule.barred[k] !== 0)) continue
      const known = candidate.found?.find((found) => found.rule === rule)
      if (known) known.end = at
      else (candidate.found ??= []).push({ rule, end: at, checked: false })
    }
  }

  // A candidate can't matter to a rule that has matched beyond its start, or is certain to.
  private isMoot({ order }: Rule, start: number): boolean {
    return start < (this.resume[order] as number) || start < (this.led[order] as number)
  }

  // Lets the candidate lead its rule, if it is the first, and says up to where its match is certain; NOWHERE: it isn't.
  private lead({ start, found }: Candidate, { rule, state }: Thread, at: number): number {
    if (this.led[rule.order] !== NOWHERE) return NOWHERE
    const known = rule.certain ? found?.find((found) => found.rule === rule)?.end : undefined
    const certain = rule.certain && state >= rule.accepting ? at : (known ?? NOWHERE)
    this.led[rule.order] = Math.max(certain, start)
    return certain
  }

  private prune(at: number): void {
    const { list, led } = this
    led.fill(NOWHERE)
    let kept = 0
    for (const candidate of list) {
      let matters = candidate.found !== undefined
      for (const thread of this.product.threads(candidate.state)) {
        if (this.isMoot(thread.rule, candidate.start)) continue
        this.lead(candidate, thread, at)
        matters = true
      }
      if (matters) list[kept++] = candidate
    }
    list.length = kept
    this.pruneAt = Math.max(PRUNE_AT, 2 * kept)
  }

  // Decides what can be decided after threads ended: a match whose rule has an earlier start under way must wait for it.
  private resolve(): void {
    const { list, led, product } = this
    led.fill(NOWHERE)
    this.waiting = false
    let kept = 0
    for (let i = 0; i < list.length; i++) {
      const candidate = list[i] as Candidate
      const threads = product.threads(candidate.state)
      if (candidate.found) this.settleFound(candidate, threads)
      let matters = candidate.found !== undefined
      for (const { rule } of threads) {
        if (this.isMoot(rule, candidate.start)) continue
        led[rule.order] = Math.max(led[rule.order] as number, candidate.start)
        matters = true
      }
      if (matters) list[kept++] = candidate
    }
    list.length = kept
    if (kept < PRUNE_AT) this.pruneAt = PRUNE_AT
  }

  private settleFound(candidate: Candidate, threads: readonly Thread[]): void {
    const { start } = candidate
    const left = candidate.found?.filter((found) => {
      const { order } = found.rule
      if (start < (this.resume[order] as number)) return false
      if (threads.some(({ rule }) => rule === found.rule)) return true
      if (!found.checked && !this.validate(candidate, found)) return false
      if (this.led[order] !== NOWHERE) {
        this.waiting = true
        return true
      }
      this.resume[order] = found.end
      this.matches.push({ rule: found.rule, start, end: found.end })
      return false
    })
    candidate.found = left?.length ? left : undefined
  }

  private validate(candidate: Candidate, found: Found): boolean {
    found.checked = true
    const { rule } = found
    if (!rule.detector.check) return true
    const text = this.text(candidate.start, found.end)
    const state = this.product.threads(candidate.begun).find((thread) => thread.rule === rule)?.state ?? 0
    const length = longestValid(rule, text, state, this.classes)
    if (length === 0) return false
    found.end = candidate.start + length
    return true
  }
}
