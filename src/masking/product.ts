// The product: all detectors that may match from one start, read as one automaton. Its states are made when first met.
import type { Detector } from './detector.ts'
import type { Grammar } from './grammar.ts'

/** A detector in force: its grammar over the classes that all detectors of the engine share. */
export interface Rule {
  readonly detector: Detector
  readonly grammar: Grammar
  /** Its place in the policy's order, which breaks ties. */
  readonly order: number
  readonly table: Int32Array
  readonly accepting: number
  /** The grammar's class, by shared class. */
  readonly column: Uint8Array
  /** By shared class: whether a value may not end right before it. */
  readonly barred: Uint8Array
  /** Whether what was read is a value, whatever follows: neither checked nor barred. */
  readonly certain: boolean
}

/** One rule in one state of its grammar. */
export interface Thread {
  readonly rule: Rule
  readonly state: number
}

/** In a state's lowest bits: some thread has read a whole match; some has a check; some of the state before has ended. */
export const ACCEPTS = 1
export const CHECKS = 2
export const ENDED = 4
const BITS = 3
/** The least state with a thread. */
export const FIRST = 1 << BITS

/**
 * States are numbers; equal threads are the same state but for the bit ENDED, and no threads are below FIRST.
 * Memory is bounded by the states that text can reach from one start, which the grammars' bounds keep few.
 */
export class Product {
  private readonly width: number
  private table: Int32Array
  private readonly rows: (readonly Thread[])[] = [[]]
  private readonly ids = new Map<string, number>([['', 0]])

  constructor(width: number) {
    this.width = width
    this.table = new Int32Array(256 * width).fill(UNKNOWN)
  }

  /** How many states have been met; states are below `size * FIRST`. */
  get size(): number {
    return this.rows.length
  }

  /** The state after a unit of class k. */
  next(state: number, k: number): number {
    const next = this.table[(state >> BITS) * this.width + k] as number
    return next === UNKNOWN ? this.make(state, k) : next
  }

  /** The threads of a state, in the policy's order. */
  threads(state: number): readonly Thread[] {
    return this.rows[state >> BITS] as readonly Thread[]
  }

  /** The state with these threads, which are in the policy's order. */
  stateOf(threads: readonly Thread[]): number {
    const key = threads.map(({ rule, state }) => `${rule.order}:${state}`).join()
    let id = this.ids.get(key)
    if (id === undefined) {
      this.ids.set(key, (id = this.rows.push(threads) - 1))
      if (this.rows.length * this.width > this.table.length) this.grow()
    }
    const accepts = threads.some(({ rule, state }) => state >= rule.accepting) ? ACCEPTS : 0
    const checks = threads.some(({ rule }) => rule.detector.check) ? CHECKS : 0
    return (id << BITS) | accepts | checks
  }

  private make(state: number, k: number): number {
    const threads = this.threads(state)
    const next: Thread[] = []
    for (const thread of threads) {
      const { rule } = thread
      const after = rule.table[thread.state + (rule.column[k] as number)] as number
      if (after !== 0) next.push({ rule, state: after })
    }
    const made = this.stateOf(next) | (next.length < threads.length ? ENDED : 0)
    this.table[(state >> BITS) * this.width + k] = made
    return made
  }

  private grow(): void {
    const table = new Int32Array(2 * this.table.length).fill(UNKNOWN)
    table.set(this.table)
    this.table = table
  }
}

const UNKNOWN = -1
