// Settling: which text is decided and may leave, with which edits. Overlapping matches are masked as their union.
import type { Finding } from '../terms/finding.ts'
import type { Candidates } from './candidates.ts'
import type { Match } from './endings.ts'
import type { Edit, Settled } from './port.ts'

export const NONE: readonly never[] = Object.freeze([])

/**
 * Invariants: a match enters a union in the order of starts, then of the policy, so that the first one names it; a
 * code unit is decided as soon as it is in a union, or no candidate can cover it any more; what has left is never
 * edited again, a union only grows beyond it.
 */
export class Settlement {
  private readonly candidates: Candidates
  /** The end of the last union. */
  private covered = 0
  /** Complete matches that are not in a union yet, because something that began before them is undecided. */
  private waiting: Match[] = []
  /** Complete matches in unions, some of which are to be reported once everything is known that may lie around them. */
  private found: Match[] = []
  /** The furthest end of those that began before all of these. */
  private reach = 0

  constructor(candidates: Candidates) {
    this.candidates = candidates
  }

  /** Whether nothing that was found waits to be masked or reported. */
  isIdle(): boolean {
    return this.waiting.length === 0 && this.found.length === 0 && this.candidates.matches.length === 0
  }

  /** What is settled when everything before `at` was read. */
  settle(at: number): Settled {
    const { candidates } = this
    const known: Match[] = []
    const { hold, order } = candidates.survey(at, known)
    if (candidates.matches.length > 0) {
      this.waiting = this.waiting.concat(candidates.matches)
      candidates.matches = []
    }
    const edits = known.length + this.waiting.length === 0 ? NONE : this.unite(known, hold, order)
    return { through: Math.max(this.covered, hold), edits, findings: this.report() }
  }

  /** The first offset that a later edit or finding can name; Infinity: none that was read. */
  openFrom(): number {
    const { candidates, found, waiting } = this
    return Math.min(candidates.first, waiting[0]?.start ?? Infinity, found[0]?.start ?? Infinity)
  }

  private unite(known: Match[], hold: number, order: number): readonly Edit[] {
    for (const match of this.waiting) known.push(match)
    inOrder(known)
    const edits: Edit[] = []
    const waiting: Match[] = []
    const around = new Reach(this.reach)
    for (const match of known) {
      const { rule, start, end } = match
      const isInside = around.covers(match)
      if (start < this.covered) {
        if (end > this.covered) edits.push({ start: this.covered, end, text: '' })
        this.covered = Math.max(this.covered, end)
      } else if (start < hold || (start === hold && rule.order < order)) {
        edits.push({ start, end, text: match.text })
        this.covered = end
      } else {
        if (match.isWhole) waiting.push(match)
        continue
      }
      if (match.isWhole && !isInside) this.found.push(match)
    }
    this.waiting = waiting
    return edits
  }

  // Not reported: a match inside one that began earlier, and of others that began together all but the policy's first.
  private report(): readonly Finding[] {
    if (this.found.length === 0) return NONE
    const live = this.candidates.first
    const sure = this.found.filter(({ start }) => start < live)
    if (sure.length === 0) return NONE
    this.found = this.found.filter(({ start }) => start >= live)
    const around = new Reach(this.reach)
    const reported: Finding[] = []
    let last = -1
    for (const match of inOrder(sure)) {
      const { rule, start, end } = match
      if (around.covers(match) || start === last) continue
      last = start
      reported.push({ detector: rule.detector.name, start, end, score: rule.detector.score })
    }
    this.reach = around.end
    return reported
  }
}

/** How far matches reach that are taken in the order of their starts. */
class Reach {
  /** The furthest end of all that were taken. */
  end: number
  private start = -1
  /** The furthest end of those that began before `start`. */
  private before: number

  /** `end` is how far those reach that began before all that are taken. */
  constructor(end: number) {
    this.end = end
    this.before = end
  }

  /** Takes a match; says whether it lies inside one that began earlier. */
  covers({ start, end }: Match): boolean {
    if (start > this.start) {
      this.start = start
      this.before = this.end
    }
    if (end > this.end) this.end = end
    return end <= this.before
  }
}

/** The same list, by starts and then by the policy; mostly it is so already. */
function inOrder(matches: Match[]): Match[] {
  for (let i = 1; i < matches.length; i++) {
    if (compare(matches[i - 1] as Match, matches[i] as Match) > 0) return matches.sort(compare)
  }
  return matches
}

function compare(a: Match, b: Match): number {
  return a.start - b.start || a.rule.order - b.rule.order
}
