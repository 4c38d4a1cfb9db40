// Candidates: the values that may be under way. Each is one detector from one start, in one state of its grammar.
import type { Anchors, Beginning, Rule } from './anchors.ts'
import { shortestMatch } from './grammar.ts'

/** A value that its detector is certain of. */
export interface Match {
  readonly rule: Rule
  readonly start: number
  readonly end: number
}

class Candidate {
  readonly rule: Rule
  readonly start: number
  /** The state that it began in. */
  readonly first: number
  /** 0 once no continuation matches. */
  state: number
  /** The end of the longest match read so far (a valid one, once `checked`); -1: none. */
  end = -1
  checked = false

  constructor({ rule, start, state }: Beginning, at: number) {
    this.rule = rule
    this.start = at
    this.first = start
    this.state = state
  }
}

/** So many candidates are stepped before those that can't matter any more are looked for. */
const PRUNE_AT = 8

/**
 * Invariants: candidates are in the order of their starts, then of the policy. A detector's match is its leftmost valid
 * start with that start's longest valid end, and the detector's next match begins at or after that end. An undecided
 * candidate is at most LONGEST_UNDECIDED units long, so hostile text can't pile them up: time is linear.
 */
export class Candidates {
  readonly list: Candidate[] = []
  /** Matches that have become certain and complete, until somebody takes them. */
  matches: Match[] = []
  private readonly text: (from: number, to: number) => string
  private readonly classes: Uint8Array
  /** By rule: where its last match ended. */
  private readonly resume: Float64Array
  /** By rule, within one pass over the list: up to where an earlier candidate of the rule is certain to match; -1: none yet. */
  private readonly covered: Float64Array
  private pruneAt = PRUNE_AT

  /** `text` gives the source between two offsets; it is asked for nothing before `textFrom`. */
  constructor(anchors: Anchors, text: (from: number, to: number) => string) {
    this.text = text
    this.classes = anchors.classes
    this.resume = new Float64Array(anchors.rules.length)
    this.covered = new Float64Array(anchors.rules.length)
  }

  /** Every candidate reads the code unit at `at`, of class k. */
  step(k: number, at: number): void {
    const { list } = this
    let ended = false
    for (let i = 0; i < list.length; i++) {
      const candidate = list[i] as Candidate
      const { state, rule } = candidate
      if (state === 0) continue
      if (state >= rule.accepting && rule.barred[k] === 0) candidate.end = at
      const next = rule.table[state + (rule.column[k] as number)] as number
      candidate.state = next
      if (next === 0) ended = true
    }
    if (ended) this.resolve()
  }

  /** Adds the candidates whose first code unit is the one at `at`. */
  begin(beginnings: readonly Beginning[], at: number): void {
    for (const beginning of beginnings) {
      if (at >= (this.resume[beginning.rule.order] as number)) this.list.push(new Candidate(beginning, at))
    }
    if (this.list.length >= this.pruneAt) this.prune(at + 1)
  }

  /** The text ends at `at`. */
  end(at: number): void {
    for (const candidate of this.list) {
      if (candidate.state >= candidate.rule.accepting) candidate.end = at
      candidate.state = 0
    }
    this.resolve()
  }

  /** The first offset whose text may still be asked for; Infinity: none. */
  textFrom(): number {
    for (const { rule, start, checked } of this.list) if (rule.detector.check && !checked) return start
    return Infinity
  }

  /**
   * Where things stand when everything before `at` was read. `certain` gets the candidates whose match is certain, as
   * far as it is. The result is the first offset that candidates could cover beyond that, and the policy's place of
   * the candidate that begins there (-1: a certain one goes on there).
   */
  survey(at: number, certain: Match[]): { hold: number; order: number } {
    let hold = at
    let order = -1
    this.covered.fill(-1)
    for (const candidate of this.list) {
      if (this.isMoot(candidate)) continue
      const { rule, start } = candidate
      const end = this.lead(candidate, at)
      if (end >= 0) certain.push({ rule, start, end })
      const from = end >= 0 ? end : start
      if (from >= hold) continue
      hold = from
      order = end >= 0 ? -1 : rule.order
    }
    return { hold, order }
  }

  /** A continuation with which the earliest candidate matches, its check aside: the reason for holding text back. */
  justify(): { detector: string; start: number; continuation: string } | undefined {
    const candidate = this.list.find(({ state }) => state !== 0)
    if (!candidate) return undefined
    const { rule, start, state } = candidate
    return { detector: rule.detector.name, start, continuation: shortestMatch(rule.grammar, state) }
  }

  // A candidate can't matter once an earlier one of its rule is certain to cover its start.
  private isMoot({ rule, start }: Candidate): boolean {
    return start < (this.covered[rule.order] as number)
  }

  // Notes the candidate as its rule's first, if it is, and says up to where its match is certain: -1, it is not.
  private lead({ rule, start, state, end }: Candidate, at: number): number {
    if (this.covered[rule.order] !== -1) return -1
    const certain = !rule.certain ? -1 : state >= rule.accepting ? at : end
    this.covered[rule.order] = Math.max(certain, start)
    return certain
  }

  private prune(at: number): void {
    this.covered.fill(-1)
    let kept = 0
    for (const candidate of this.list) {
      if (this.isMoot(candidate)) continue
      this.lead(candidate, at)
      this.list[kept++] = candidate
    }
    this.list.length = kept
    this.pruneAt = Math.max(PRUNE_AT, 2 * kept)
  }

  // Decides what can be decided after candidates ended: one whose rule has an earlier start under way must wait for it.
  private resolve(): void {
    const { list, resume, covered } = this
    covered.fill(-1)
    let kept = 0
    for (let i = 0; i < list.length; i++) {
      const candidate = list[i] as Candidate
      const { rule, start } = candidate
      if (start < (resume[rule.order] as number)) continue
      if (candidate.state === 0) {
        if (!candidate.checked) this.check(candidate)
        if (candidate.end < 0) continue
        if (covered[rule.order] === -1) {
          resume[rule.order] = candidate.end
          this.matches.push({ rule, start, end: candidate.end })
          continue
        }
      }
      covered[rule.order] = start
      list[kept++] = candidate
    }
    list.length = kept
    if (kept < PRUNE_AT) this.pruneAt = PRUNE_AT
  }

  // Finds the longest valid end. Only the longest was kept: where that one fails, the text is read again for the others.
  private check(candidate: Candidate): void {
    candidate.checked = true
    const { rule, start, end } = candidate
    const check = rule.detector.check
    if (end < 0 || !check) return
    const text = this.text(start, end)
    if (check(text)) return
    const shorter = this.ends(candidate, text).find((length) => check(text.slice(0, length)))
    candidate.end = shorter === undefined ? -1 : start + shorter
  }

  // The lengths at which a match of the rule's grammar may end before the end of `text`, longest first.
  private ends({ rule, first }: Candidate, text: string): number[] {
    const lengths: number[] = []
    let state = first
    for (let i = 0; i < text.length; i++) {
      const k = this.classes[text.charCodeAt(i)] as number
      if (state >= rule.accepting && rule.barred[k] === 0) lengths.unshift(i)
      state = rule.table[state + (rule.column[k] as number)] as number
    }
    return lengths
  }
}
