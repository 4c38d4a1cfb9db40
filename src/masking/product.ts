// The product: all detectors that may match from one start, read as one automaton. Its states are made when first met.
import type { Detector } from './detector.ts'
import { accepts, type Grammar } from './grammar.ts'
import { grown, UNKNOWN } from './table.ts'

/** A detector in force: its grammar over the classes that all detectors of the engine share. */
export interface Rule {
  readonly detector: Detector
  readonly grammar: Grammar
  /** Its place in the policy's order, which breaks ties. */
  readonly order: number
  /** The grammar's class, by shared class. */
  readonly column: Uint16Array
  /** By shared class: whether a value may not end right before it. */
  readonly barred: Uint8Array
  /** Whether what was read is a value, whatever follows: neither checked nor barred. */
  readonly certain: boolean
  /** So long a value must be, to leave before it is whole. */
  readonly leavesFrom: number
  /** Whether a value's text is asked for: to check it, or to say what it leaves as. */
  readonly reads: boolean
}

/** One rule in one state of its grammar. */
export interface Thread {
  readonly rule: Rule
  readonly state: number
}

/** In a state's lowest bits: some thread has read a whole match; some reads its text. */
export const ACCEPTS = 1
export const READS = 2
/** And of the state before: some thread has ended; some match may end there, and doesn't just go on. */
export const ENDED = 4
export const LEAVES = 8
const BITS = 4
/** A state without what was before. */
export const PLAIN = ~(ENDED | LEAVES)
/** The least state with a thread. */
export const FIRST = 1 << BITS

/** States are numbers; equal threads are the same state but for what was before, and no threads are below FIRST. */
export class Product {
  private readonly width: number
  private table = new Int32Array(0)
  private readonly rows: (readonly Thread[])[] = []
  private readonly ids = new Map<string, number>()

  constructor(width: number) {
    this.width = width
    this.stateOf([])
  }

  /** How many states have been met. */
  get size(): number {
    return this.rows.length
  }

  /** The state after a unit of class k. */
  next(state: number, k: number): number {
    const next = this.table[(state >> BITS) + k] as number
    return next === UNKNOWN ? this.make(state, k) : next
  }

  /** The threads of a state, in the policy's order. */
  threads(state: number): readonly Thread[] {
    return this.rows[(state >> BITS) / this.width] as readonly Thread[]
  }

  /** The state with these threads, which are in the policy's order. */
  stateOf(threads: readonly Thread[]): number {
    let key = ''
    for (const { rule, state } of threads) key += `${rule.order}:${state} `
    const known = this.ids.get(key)
    if (known !== undefined) return known
    const row = (this.rows.push(threads) - 1) * this.width
    if (row + this.width > this.table.length) this.table = grown(this.table, 2 * (row + this.width))
    const whole = threads.some((thread) => accepts(thread.state)) ? ACCEPTS : 0
    const reads = threads.some(({ rule }) => rule.reads) ? READS : 0
    const state = (row << BITS) | whole | reads
    this.ids.set(key, state)
    return state
  }

  private make(state: number, k: number): number {
    const threads = this.threads(state)
    const next: Thread[] = []
    let leaves = 0
    for (const { rule, state: from } of threads) {
      const to = rule.grammar.next(from, rule.column[k] as number)
      if (to !== 0) next.push({ rule, state: to })
      if (accepts(from) && !(rule.certain && accepts(to))) leaves = LEAVES
    }
    const made = this.stateOf(next) | (next.length < threads.length ? ENDED : 0) | leaves
    this.table[(state >> BITS) + k] = made
    return made
  }
}
