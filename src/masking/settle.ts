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
  /** Matches to report, in case none is found to lie around them; and the furthest end of any of them so far. */
  private found: Match[] = []
  private reach = 0
  /** The furthest before the last of them began; undefined: it has come too late to tell. */
  private reachBefore: number | undefined

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
    return Math.min(
      this.candidates.first,
      ...[this.waiting[0], this.found[0]].map((match) => match?.start ?? Infinity),
    )
  }

  private unite(known: Match[], hold: number, order: number): readonly Edit[] {
    for (const match of this.waiting) known.push(match)
    inOrder(known)
    const edits: Edit[] = []
    const waiting: Match[] = []
    for (const match of known) {
      const { rule, start, end } = match
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
      if (match.isWhole) this.find(match)
    }
    this.waiting = waiting
    return edits
  }

  private find(match: Match): void {
    this.keep(match)
    this.reach = Math.max(this.reach, match.end)
  }

  // Not reported: a match inside one that began earlier, and of two that began together the later one in the policy.
  private keep(match: Match): void {
    const { found } = this
    const last = found.at(-1)
    if (!last || last.start < match.start) {
      if (match.end <= this.reach) return
      this.reachBefore = this.reach
    } else if (last.start === match.start && this.reachBefore !== undefined) {
      if (match.end <= this.reachBefore || last.rule.order < match.rule.order) return
      found.pop()
    } else {
      this.reachBefore = undefined
      if (this.found.some((other) => outranks(other, match))) return
      this.found = this.found.filter((other) => !outranks(match, other))
    }
    this.found.push(match)
  }

  private report(): readonly Finding[] {
    if (this.found.length === 0) return NONE
    const live = this.candidates.first
    const sure = this.found.filter(({ start }) => start < live)
    if (sure.length === 0) return NONE
    this.found = this.found.filter(({ start }) => start >= live)
    return inOrder(sure).map(({ rule: { detector }, start, end }) => ({
      detector: detector.name,
      start,
      end,
      score: detector.score,
    }))
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

function outranks(a: Match, b: Match): boolean {
  return a.start === b.start ? a.rule.order < b.rule.order : a.start < b.start && b.end <= a.end
}
