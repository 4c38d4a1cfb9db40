// Line-ups: how things stand while nothing has been found yet, as one automaton; one table look-up a code unit.
import type { Gates } from './anchors.ts'
import { ACCEPTS, FIRST, PLAIN, READS, type Product } from './product.ts'
import { grown } from './table.ts'

/**
 * The gate, and the states of the candidates under way in the order of their starts; where they began is not part of it.
 * None has read a whole match.
 */
export interface Lineup {
  readonly row: number
  readonly gate: number
  readonly states: readonly number[]
  /** The first candidate whose text may be asked for; -1: none. */
  readonly reader: number
}

/** Line-ups have at most so many candidates; beyond it, candidates are read one by one. */
export const MOST_STARTS = 28
/**
 * A step is `row << STEP_BITS | turn`: the line-up after a unit, and what happens to the starts. Turn 0: nothing. Up to
 * MOST_STARTS: a candidate begins, and is the turn'th. `SHIFT`: some end, so that others move up. `STUDY`: this unit must
 * be read with care.
 */
export const STEP_BITS = 5
export const TURN = 31
export const SHIFT = 29
export const STUDY = 30

/** To make a step costs as much as to read so many units with care; text earns what it makes, so hostile text is no slower. */
const UNITS_A_STEP = 64

/**
 * Line-ups and the steps between them, made when first met. Invariant: a step does to a line-up what reading the unit with
 * care does to its candidates; it is only quicker.
 */
export class Lineups {
  readonly gates: Gates
  readonly product: Product
  /** By row and class: the step, or UNKNOWN. */
  table = new Int32Array(0)
  private readonly width: number
  private readonly lineups: Lineup[] = []
  private readonly rows = new Map<string | number, Lineup>()
  private readonly most: number
  private credit: number

  constructor(gates: Gates, product: Product, width: number, credit: number) {
    this.gates = gates
    this.product = product
    this.width = width
    this.most = credit
    this.credit = credit
  }

  get size(): number {
    return this.lineups.length
  }

  at(row: number): Lineup {
    return this.lineups[row / this.width] as Lineup
  }

  /** So many units are about to be read. */
  earn(units: number): void {
    this.credit = Math.min(this.most, this.credit + units / UNITS_A_STEP)
  }

  /** The line-up of these candidates; undefined: they are too many, or there is no credit to make it. */
  of(gate: number, states: readonly number[]): Lineup | undefined {
    if (states.length > MOST_STARTS) return undefined
    const key = states.length > 1 ? `${gate} ${states.join()}` : gate * 2 ** 31 + (states[0] ?? 0)
    return this.rows.get(key) ?? this.make(gate, states, key)
  }

  /** The step from a row with a unit of class k, made now. Without credit: to read with care. */
  step(row: number, k: number): number {
    if (!this.pays()) return STUDY
    const step = this.stepOf(this.at(row), k)
    if (step !== undefined) this.table[row + k] = step
    return step ?? STUDY
  }

  /** Moves the starts of those that outlive a unit of class k to the front; returns the place after the last, from 1 on. */
  shift(row: number, k: number, starts: number[]): number {
    const { states } = this.at(row)
    let place = 1
    for (let i = 0; i < states.length; i++) {
      if (this.product.next(states[i] as number, k) >= FIRST) starts[place++] = starts[i + 1] as number
    }
    return place
  }

  // What is refused costs nothing: else text that asks for much never has enough for any of it.
  private pays(): boolean {
    if (this.credit < 1) return false
    this.credit--
    return true
  }

  private stepOf({ gate, states }: Lineup, k: number): number | undefined {
    const next: number[] = []
    let found = 0
    let moved = false
    for (let i = 0; i < states.length; i++) {
      const after = this.product.next(states[i] as number, k) & PLAIN
      if (after < FIRST) continue
      moved ||= next.length < i
      next.push(after)
      found |= after & ACCEPTS
    }
    const begun = this.gates.begin(gate, k)
    if (begun !== 0) next.push(begun)
    if (next.length > MOST_STARTS || ((found | begun) & ACCEPTS) !== 0) return STUDY
    const after = this.of(this.gates.after(gate, k), next)
    if (!after) return undefined
    const turn = moved ? SHIFT : begun === 0 ? 0 : next.length
    return (after.row << STEP_BITS) | turn
  }

  private make(gate: number, states: readonly number[], key: string | number): Lineup | undefined {
    if (!this.pays()) return undefined
    const row = this.lineups.length * this.width
    const reader = states.findIndex((state) => (state & READS) !== 0)
    const lineup = { row, gate, states, reader }
    this.lineups.push(lineup)
    this.rows.set(key, lineup)
    if (row + this.width > this.table.length) this.table = grown(this.table, 2 * (row + this.width))
    return lineup
  }
}
