// Line-ups: how things stand while nothing must be done about it, as one automaton; one table look-up a code unit.
import type { Gates } from './anchors.ts'
import { accepts } from './grammar.ts'
import {
  CARE,
  CERTAIN,
  ENDED,
  FIRST,
  PLAIN,
  READS,
  RUNS_UP,
  type Ending,
  type Product,
  type Rule,
} from './product.ts'
import { Sequences } from './sequences.ts'
import { grown, NO_TABLE } from './table.ts'

/**
 * The gate, and the states of the candidates under way in the order of their starts; where they began is not part of it,
 * nor what has been found.
 */
export interface Lineup {
  readonly row: number
  readonly gate: number
  readonly states: readonly number[]
  /** Whether a match waits, so that every end of a rule may decide something. */
  readonly isEager: boolean
}

/** What a step does to a thread of the candidate at a place, from 1. */
export interface PlacedEnding extends Ending {
  readonly place: number
  /** The places of those that outlive the step with the same rule. */
  readonly others: readonly number[]
}

/** What a step that shifts, or checks, does. */
export interface Turnover {
  /** The line-up after it. */
  readonly row: number
  /** The first place that changes; who moves there, and to those after it. */
  readonly moves: Uint8Array
  /** What it checks, when it was asked for. */
  endings: readonly PlacedEnding[] | undefined
}

/** In a line-up's summary: there are candidates; the first one is in a run-up; */
export const SOME = 1
export const RUNNING = 2
/** some match is certain as far as it was read: not all that is held back is held for candidates; */
export const FOUND = 4
/** and from this bit on, the first candidate whose text may be asked for, from 1 (0: none). */
export const READER_BITS = 3

/** Line-ups have at most so many candidates; beyond it, candidates are read one by one. */
export const MOST_STARTS = 28
/**
 * A step is `row << STEP_BITS | turn`: the line-up after a unit, and what happens to the starts. Turn 0: nothing. Up to
 * MOST_STARTS: a candidate begins, and is the turn'th. `SHIFT`: some end, so that others move up; instead of the row stands
 * the number of the turnover. `CHECK`: the same, but only if what ends can be decided by itself (`Candidates.decides`).
 * `STUDY`: this unit must be read with care.
 */
export const STEP_BITS = 5
export const TURN = 31
export const SHIFT = 29
export const STUDY = 30
export const CHECK = 31

/** The starts of a line-up that has none: from index 1 on. */
export const NO_STARTS: readonly number[] = Array.from({ length: TURN + 1 }, () => 0)

/** To make a step costs as much as to read so many units with care; text earns what it makes, so hostile text is no slower. */
const UNITS_A_STEP = 48

/**
 * Line-ups and the steps between them, made when first met. Invariant: a step does to a line-up what reading the unit with
 * care does to its candidates; it is only quicker.
 */
export class Lineups {
  readonly gates: Gates
  readonly product: Product
  /** By row and class: the step, or UNKNOWN; and right before each row, its summary. */
  table = NO_TABLE
  private readonly width: number
  private readonly lineups: Lineup[] = []
  private turnovers: Turnover[] = []
  private ids = new Sequences()
  /** In code units. */
  private readonly most: number
  private credit: number

  constructor(gates: Gates, product: Product, width: number, credit: number) {
    this.gates = gates
    this.product = product
    this.width = width + 1
    this.most = credit * UNITS_A_STEP
    this.credit = this.most
  }

  get size(): number {
    return this.lineups.length
  }

  at(row: number): Lineup {
    return this.lineups[(row - 1) / this.width] as Lineup
  }

  /**
   * No text is read by these any more: forgets how to read on, which is most of them. What line-ups are stays known, for
   * streams that stand in one and may be idle for long.
   */
  retire(): void {
    this.table = NO_TABLE
    this.turnovers = []
    this.ids = new Sequences()
    this.gates.retire()
    this.product.retire()
  }

  /** So many units were read. */
  earn(units: number): void {
    const credit = this.credit + units
    this.credit = credit < this.most ? credit : this.most
  }

  /** The line-up of `count` candidates, from index 1; undefined: they are too many, or there is no credit to make it. */
  of(gate: number, states: readonly number[], count: number, isEager: boolean): Lineup | undefined {
    if (count > MOST_STARTS) return undefined
    let id = this.ids.after(this.ids.begin(), gate * 2 + Number(isEager))
    for (let i = 1; i <= count; i++) id = this.ids.after(id, states[i] as number)
    const known = this.ids.values[id]
    if (known !== undefined) return this.lineups[known]
    if (!this.pays()) return undefined
    this.ids.values[id] = this.lineups.length
    return this.make(gate, states.slice(1, count + 1), isEager)
  }

  /** The step from a row with a unit of class k, made now. Without credit: to read with care. */
  step(row: number, k: number): number {
    if (!this.pays()) return STUDY
    const step = this.stepOf(this.at(row), k)
    if (step !== undefined) this.table[row + k] = step
    return step ?? STUDY
  }

  /** What a step does that shifts, or checks. */
  turnover(step: number): Turnover {
    return this.turnovers[step >> STEP_BITS] as Turnover
  }

  /** What the step from a row with a unit of class k has to check. */
  endings(turnover: Turnover, row: number, k: number): readonly PlacedEnding[] {
    return (turnover.endings ??= this.endingsOf(this.at(row).states, k))
  }

  private endingsOf(states: readonly number[], k: number): readonly PlacedEnding[] {
    const { product } = this
    const outlives = (state: number, rule: Rule): boolean =>
      product.threads(product.next(state, k)).some((thread) => thread.rule === rule)
    return states.flatMap((state, i) => {
      if ((product.next(state, k) & CARE) === 0) return []
      return product.endingsOf(state, k).map((ending) => {
        const others = states.flatMap((other, j) => (outlives(other, ending.rule) ? [j + 1] : []))
        return { ...ending, place: i + 1, others }
      })
    })
  }

  // What is refused costs nothing: else text that asks for much never has enough for any of it.
  private pays(): boolean {
    if (this.credit < UNITS_A_STEP) return false
    this.credit -= UNITS_A_STEP
    return true
  }

  private stepOf({ gate, states, isEager }: Lineup, k: number): number | undefined {
    const next: number[] = [0]
    let steps = 0
    const kept: number[] = []
    for (let i = 0; i < states.length; i++) {
      const step = this.product.next(states[i] as number, k)
      steps |= step & (CARE | ENDED)
      if (step < FIRST) continue
      kept.push(i + 1)
      next.push(step & PLAIN)
    }
    const begun = this.uncovered(this.gates.begin(gate, k), next)
    if (begun !== 0) next.push(begun)
    if (next.length > MOST_STARTS + 1 || (isEager && (steps & (CARE | ENDED)) !== 0)) return STUDY
    const after = this.of(this.gates.after(gate, k), next, next.length - 1, isEager)
    if (!after) return undefined
    const isChecked = (steps & CARE) !== 0
    const first = kept.findIndex((place, i) => place !== i + 1)
    if (!isChecked && first < 0) return (after.row << STEP_BITS) | (begun === 0 ? 0 : next.length - 1)
    const stay = first < 0 ? kept.length : first
    const moves = Uint8Array.of(stay + 1, ...kept.slice(stay))
    const turnover = this.turnovers.push({ row: after.row, moves, endings: undefined }) - 1
    return (turnover << STEP_BITS) | (isChecked ? CHECK : SHIFT)
  }

  // What begins without the rules that are certain to match beyond it, from an earlier start.
  private uncovered(begun: number, states: readonly number[]): number {
    if (begun === 0 || states.length === 1) return begun
    const threads = this.product.threads(begun)
    const matter = threads.filter(({ rule }) => !this.isCovered(rule, states))
    return matter.length === threads.length ? begun : this.product.stateOf(matter)
  }

  private isCovered(rule: Rule, states: readonly number[]): boolean {
    if (!rule.certain || rule.leavesFrom > 0) return false
    for (const state of states) {
      for (const thread of this.product.threads(state)) if (thread.rule === rule) return accepts(thread.state)
    }
    return false
  }

  private make(gate: number, states: readonly number[], isEager: boolean): Lineup {
    const row = this.lineups.length * this.width + 1
    const lineup: Lineup = { row, gate, states, isEager }
    this.lineups.push(lineup)
    if (row + this.width > this.table.length) this.table = grown(this.table, 2 * (row + this.width))
    this.table[row - 1] = summaryOf(states)
    return lineup
  }
}

/** Moves the starts of those that outlive a step to the front; returns the place after the last, from 1 on. */
export function shift({ moves }: Turnover, starts: Int32Array): number {
  let place = moves[0] as number
  for (let i = 1; i < moves.length; i++) starts[place++] = starts[moves[i] as number] as number
  return place
}

function summaryOf(states: readonly number[]): number {
  const reader = 1 + states.findIndex((state) => (state & READS) !== 0)
  return (
    (states.length > 0 ? SOME : 0) |
    (((states[0] ?? 0) & RUNS_UP) !== 0 ? RUNNING : 0) |
    (states.some((state) => (state & CERTAIN) !== 0) ? FOUND : 0) |
    (reader << READER_BITS)
  )
}
