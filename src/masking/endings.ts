// Endings: what rules that have read their last come to: matches, or nothing.
import type { Automata } from './automata.ts'
import type { Rule } from './product.ts'
import { longestValid, replacement } from './validate.ts'

/** A value that its detector is certain of. */
export interface Match {
  readonly rule: Rule
  readonly start: number
  readonly end: number
  /** What it leaves as. */
  readonly text: string
  /** Whether that is all of it; else it may go on. */
  readonly isWhole: boolean
}

/** A rule that has ended at `at`, having read matches from `start`, which aren't validated yet. */
export interface Ended {
  readonly rule: Rule
  readonly start: number
  readonly from: number
  readonly at: number
  /** Whether a match ends right there. */
  readonly isWhole: boolean
}

/** The last match of a certain rule that a candidate has read, where it reads on. */
interface Noted {
  readonly rule: Rule
  readonly start: number
  end: number
}

/** The candidates that are left where rules have ended. */
interface Left {
  /** Whether one with this rule began before `start`. */
  isLed(rule: Rule, start: number): boolean
  /** What began inside of a match of its rule is over. */
  forgetInside(match: Match): void
}

/** Invariant: a match is decided once no candidate of its rule that began before it is left. */
export class Endings {
  private readonly automata: Automata
  private readonly text: (from: number, to: number) => string
  private noted: Noted[] = []
  /** Rules that have just ended; and valid matches that wait for an earlier candidate of their rule. By their starts. */
  private ended: Ended[] = []
  private waiting: Match[] = []
  /** The match that was last found and not decided: it is validated already. */
  private proven: Match | undefined

  constructor(automata: Automata, text: (from: number, to: number) => string) {
    this.automata = automata
    this.text = text
  }

  /** Whether some rule has just ended. */
  get some(): boolean {
    return this.ended.length > 0
  }

  /** Whether some match waits, so that every end of a rule may decide something. */
  get isEager(): boolean {
    return this.waiting.length > 0
  }

  add(ended: Ended): void {
    // It mostly stays alone, and a list that grows from nothing makes room for many.
    if (this.ended.length === 0) this.ended = [ended]
    else this.ended.push(ended)
  }

  /** Notes that a certain rule has read a match up to `end`. */
  note(rule: Rule, start: number, end: number): void {
    const noted = this.notedBy(rule, start)
    if (noted) noted.end = end
    else this.noted.push({ rule, start, end })
  }

  /** Up to where a certain rule has read a match. */
  notedEnd(rule: Rule, start: number): number | undefined {
    return this.notedBy(rule, start)?.end
  }

  /** Forgets what has just ended; it will end again. */
  drop(): false {
    this.ended = []
    return false
  }

  /** Decides what has just ended, which nothing waits for, into `matches`; false where a match `concerns` others: then nothing is. */
  resolveAlone(matches: Match[], concerns: (match: Match) => boolean): boolean {
    const { ended } = this
    const before = matches.length
    this.ended = []
    for (const it of ended) {
      const match = isInside(it, matches, before) ? undefined : this.validate(it)
      if (!match) continue
      if (concerns(match)) {
        this.proven = match
        matches.length = before
        return false
      }
      matches.push(match)
    }
    if (this.noted.length > 0)
      for (let i = before; i < matches.length; i++) this.forgetInside(matches[i] as Match)
    return true
  }

  /** Decides what can be decided: a match whose rule has an earlier start under way must wait for it. */
  resolve(left: Left): readonly Match[] {
    const { ended, waiting } = this
    const all = waiting.length === 0 ? ended : [...waiting, ...ended].sort((a, b) => a.start - b.start)
    this.ended = []
    this.waiting = []
    const decided: Match[] = []
    for (const it of all) {
      const { rule, start } = it
      if (isInside(it, decided, 0)) continue
      const match = 'at' in it ? this.validate(it) : it
      if (!match) continue
      if (left.isLed(rule, start)) this.waiting.push(match)
      else {
        decided.push(match)
        this.forgetInside(match)
        left.forgetInside(match)
      }
    }
    return decided
  }

  private notedBy(rule: Rule, start: number): Noted | undefined {
    for (const noted of this.noted) if (noted.rule === rule && noted.start === start) return noted
    return undefined
  }

  private forgetInside({ rule, start, end }: Match): void {
    if (this.noted.length === 0) return
    this.noted = this.noted.filter(
      (noted) => noted.rule !== rule || noted.start < start || noted.start >= end,
    )
  }

  private validate({ rule, start, from, at, isWhole }: Ended): Match | undefined {
    const { proven } = this
    if (proven?.rule === rule && proven.start === start) return proven
    let end = this.notedEnd(rule, start)
    if (!rule.certain) {
      const { classes } = this.automata
      const length = longestValid(rule, { text: this.text(start, at), classes, from, isWhole })
      if (length === undefined) return undefined
      end = start + length
    }
    if (end === undefined) return undefined
    return { rule, start, end, text: replacement(rule.detector, start, end, this.text), isWhole: true }
  }
}

/** Whether it began inside of a match of its rule, of these from an index on: then it is over. */
function isInside({ rule, start }: Ended | Match, matches: readonly Match[], from: number): boolean {
  for (let i = from; i < matches.length; i++) {
    const match = matches[i] as Match
    if (match.rule === rule && start < match.end) return true
  }
  return false
}
