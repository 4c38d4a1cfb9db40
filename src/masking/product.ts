// The product: all detectors that may match from one start, read as one automaton. Its states are made when first met.
import type { Detector } from './detector.ts'
import { accepts, isInRunUp, type Grammar } from './grammar.ts'
import { Sequences } from './sequences.ts'
import { grown, NO_TABLE, UNKNOWN } from './table.ts'

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
  /** Where the grammar started, which the conditions chose that were met there. */
  readonly from: number
  /** Whether it has read a whole match before, and more since. */
  readonly found: boolean
}

/** What a code unit does to a thread about which something must be done. */
export interface Ending {
  readonly rule: Rule
  readonly from: number
  /** Whether a match ends right before the unit. */
  readonly isWhole: boolean
  /** Whether that is to be noted, since the rule is certain, and reads on. */
  readonly isNoted: boolean
  /** Whether the thread is over, having read some match. */
  readonly isOver: boolean
  /** Whether it leaves its run-up: it is over, and comes to nothing, where that is too long. */
  readonly isOutOfRunUp: boolean
}

/** In a state's lowest bits: some thread's text is asked for when it ends; */
export const READS = 1
/** some certain match is under way, or was read; */
export const CERTAIN = 2
/** some thread is in its run-up. */
export const RUNS_UP = 4
/** And of the step to it: some thread has ended; */
export const ENDED = 8
/** something must be done about it: a match is complete, or a certain one may be, or a run-up is over. */
export const CARE = 16
const BITS = 5
/** A state without what the step was. */
export const PLAIN = ~(ENDED | CARE)
/** The least state with a thread. */
export const FIRST = 1 << BITS

/** States are numbers; equal threads are the same state but for the step to it, and no threads are below FIRST. */
export class Product {
  private readonly width: number
  private table = NO_TABLE
  private readonly rows: (readonly Thread[])[] = []
  private ids = new Sequences()
  private readonly endings = new Map<number, readonly Ending[]>()
  private readonly overRunUp = new Map<number, number>()

  constructor(width: number) {
    this.width = width
    this.stateOf([])
  }

  /** How many states have been met. */
  get size(): number {
    return this.rows.length
  }

  /** Forgets all but what its states are. */
  retire(): void {
    this.table = NO_TABLE
    this.ids = new Sequences()
    this.endings.clear()
    this.overRunUp.clear()
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
    let id = this.ids.begin()
    for (const { rule, state, from, found } of threads) {
      id = this.ids.after(id, rule.order * 2 + Number(found))
      id = this.ids.after(id, state)
      id = this.ids.after(id, from)
    }
    const known = this.ids.values[id]
    if (known !== undefined) return known
    const row = (this.rows.push(threads) - 1) * this.width
    if (row + this.width > this.table.length) this.table = grown(this.table, 2 * (row + this.width))
    let state = row << BITS
    for (const thread of threads) {
      if (thread.rule.reads) state |= READS
      if (thread.rule.certain && (thread.found || accepts(thread.state))) state |= CERTAIN
      if (isInRunUp(thread.state)) state |= RUNS_UP
    }
    this.ids.values[id] = state
    return state
  }

  /** What a unit of class k (undefined: the end of the text) does to a state's threads. */
  endingsOf(state: number, k: number | undefined): readonly Ending[] {
    if (k === undefined) return endingsOf(this.threads(state), k)
    const place = (state >> BITS) + k
    let endings = this.endings.get(place)
    if (!endings) this.endings.set(place, (endings = endingsOf(this.threads(state), k)))
    return endings
  }

  /** What is left of a state for which every run-up is over. */
  afterRunUps(state: number): number {
    let after = this.overRunUp.get(state)
    if (after === undefined) {
      after = this.stateOf(this.threads(state).filter((thread) => !isInRunUp(thread.state)))
      this.overRunUp.set(state, after)
    }
    return after
  }

  private make(state: number, k: number): number {
    const next: Thread[] = []
    let step = 0
    for (const thread of this.threads(state)) {
      const { rule, state: before } = thread
      const { certain } = rule
      const after = rule.grammar.next(before, rule.column[k] as number)
      const whole = accepts(before) && rule.barred[k] === 0
      const found = whole || thread.found
      if (after === 0) step |= found ? ENDED | CARE : ENDED
      else {
        if ((certain && whole && !accepts(after)) || (isInRunUp(before) && !isInRunUp(after))) step |= CARE
        next.push({ rule, state: after, from: thread.from, found: found && !(certain && accepts(after)) })
      }
    }
    const made = this.stateOf(next) | step
    this.table[(state >> BITS) + k] = made
    return made
  }
}

function endingsOf(threads: readonly Thread[], k: number | undefined): readonly Ending[] {
  return threads.flatMap(({ rule, state, from, found }) => {
    const after = k === undefined ? 0 : rule.grammar.next(state, rule.column[k] as number)
    const isWhole = accepts(state) && (k === undefined || rule.barred[k] === 0)
    const isNoted = rule.certain && isWhole && !accepts(after)
    const isOver = after === 0 && (isWhole || found)
    const isOutOfRunUp = isInRunUp(state) && after !== 0 && !isInRunUp(after)
    return isNoted || isOver || isOutOfRunUp ? [{ rule, from, isWhole, isNoted, isOver, isOutOfRunUp }] : []
  })
}
