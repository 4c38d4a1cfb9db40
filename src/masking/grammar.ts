// Grammars: the forms of a detector as one deterministic automaton, whose states are made when first met.
import { SluiceError } from '../base/errors.ts'
import type { Detector } from './detector.ts'
import { Positions, type Part } from './positions.ts'
import { runUpOf } from './run-up.ts'
import { parse, unitsOf, type Tree } from './syntax.ts'
import { grown, NO_TABLE, UNKNOWN } from './table.ts'
import { classesOf, classOf, contains, representatives, type Classes, type UnitSet } from './units.ts'

/** Under what condition forms begin: what must stand before them, and what must not, as patterns are written. */
export interface Condition {
  readonly after: string | undefined
  readonly notAfter: string | undefined
}

/** Whether a state has read a whole match. */
export function accepts(state: number): boolean {
  return (state & ACCEPTS) !== 0
}

/** Whether a state is in the detector's run-up: it ends there, where it has read more than `Grammar.runUp` units. */
export function isInRunUp(state: number): boolean {
  return (state & IN_RUN_UP) !== 0
}

const ACCEPTS = 1
const IN_RUN_UP = 2
const BITS = 2

/**
 * The subset construction: a state is the set of positions that were just read. State 0 means that no continuation
 * matches; every other state can still reach a match.
 */
export class Grammar {
  readonly classes: Classes
  readonly conditions: readonly Condition[]
  /** Where to start, by the conditions that are met (bit i: conditions[i]); 0: nowhere. */
  readonly starts: readonly number[]
  /** What a match never ends right before. */
  readonly notBefore: UnitSet
  /** The longest run-up (see run-up.ts), in code units; 0: the detector has none. */
  readonly runUp: number
  /** How many positions were looked at to make its states so far. */
  work = 0
  private readonly running: ReadonlySet<number>
  private readonly follow: readonly (readonly number[])[]
  private readonly last: ReadonlySet<number>
  /** The sets that positions read; by position, which of them; and by set and class, whether it is in it. */
  private readonly sets: readonly UnitSet[]
  private readonly setOf: readonly number[]
  private readonly reads: Uint8Array
  /** The classes of the beginning that proves a value. */
  private readonly commit: readonly number[]
  private table = NO_TABLE
  private readonly rows: Row[] = []
  private readonly states = new Map<string, number>()

  constructor(detector: Detector) {
    const positions = new Positions()
    const conditions: Condition[] = []
    const trees = detector.forms.map(({ grammar }) => parse(grammar))
    const runUp = detector.commit === undefined ? runUpOf(trees) : undefined
    const running = new Set<number>()
    const forms = detector.forms.map(({ after, notAfter }, i) => ({
      part: runUp ? runUp.add(i, positions, running) : positions.add(trees[i] as Tree),
      condition: indexOf(conditions, { after: after?.toString(), notAfter: notAfter?.toString() }),
    }))
    this.runUp = runUp?.length ?? 0
    this.running = running
    if (forms.some(({ part }) => part.nullable)) {
      throw unusable(
        detector,
        'matches the empty text',
        'Let it match one character at least, such as x+ for x*.',
      )
    }
    const notBefore = detector.notBefore ? unitsOf(parse(detector.notBefore)) : []
    if (!notBefore) throw unusable(detector, 'ends before more than one character', 'Name one.')

    // So nothing that is decided ever ends inside a surrogate pair: with the flag u, halves are only read in pairs.
    if (detector.forms.some(({ grammar }) => !grammar.unicode) && positions.sets.some(readsHalves)) {
      throw unusable(detector, 'reads halves of surrogate pairs', 'Name the characters that it reads.')
    }
    const commit = Array.from(detector.commit ?? '', (unit) => unit.charCodeAt(0))
    this.classes = classesOf([...positions.sets, notBefore, ...commit.map((unit): UnitSet => [[unit, unit]])])
    this.commit = commit.map((unit) => classOf(this.classes, unit))
    const units = representatives(this.classes)
    this.reads = readsOf(positions.sets, units)
    this.sets = positions.sets
    this.setOf = positions.setOf
    this.follow = positions.follow
    this.last = new Set(forms.flatMap(({ part }) => part.last))
    this.conditions = conditions
    this.notBefore = notBefore
    this.rowOf([], OFF)
    const parts = conditions.map((_, i) =>
      forms.filter((form) => form.condition === i).map((form) => form.part),
    )
    this.starts = Array.from({ length: 1 << conditions.length }, (_, met) =>
      this.start(parts.filter((_, i) => (met & (1 << i)) !== 0).flat()),
    )
  }

  /** The state after a unit of class k. */
  next(state: number, k: number): number {
    const next = this.table[(state >> BITS) + k] as number
    return next === UNKNOWN ? this.make(state, k) : next
  }

  private start(parts: readonly Part[]): number {
    const proven = this.commit.length > 0 ? 0 : OFF
    return parts.length === 0
      ? 0
      : this.rowOf(
          parts.flatMap(({ first }) => first),
          proven,
        ) << BITS
  }

  private rowOf(next: readonly number[], proven: number): number {
    const { count } = this.classes
    const row = (this.rows.push({ next, proven }) - 1) * count
    if (row + count > this.table.length) this.table = grown(this.table, 2 * (row + count))
    return row
  }

  private make(state: number, k: number): number {
    const { classes, reads, setOf } = this
    const { next, proven } = this.rows[(state >> BITS) / classes.count] as Row
    const read = next.filter((position) => reads[(setOf[position] as number) * classes.count + k] === 1)
    const made = read.length === 0 ? 0 : this.stateOf(read, this.provenAfter(proven, k))
    this.table[(state >> BITS) + k] = made
    return made
  }

  // Whether what was read ends inside of a surrogate pair: a value never does, whatever proves it.
  private isHalf([position]: readonly number[]): boolean {
    const first = this.sets[this.setOf[position as number] as number]?.[0]?.[0] ?? 0
    return first >= 0xd800 && first <= 0xdbff
  }

  private provenAfter(proven: number, k: number): number {
    if (proven === OFF || proven === this.commit.length) return proven
    return this.commit[proven] === k ? proven + 1 : OFF
  }

  private stateOf(read: readonly number[], proven: number): number {
    const key = proven === OFF ? read.join() : `${read.join()} ${proven}`
    let state = this.states.get(key)
    if (state === undefined) {
      const follow = read.flatMap((position) => this.follow[position] as readonly number[])
      this.work += follow.length
      const next = new Set(follow)
      const accept =
        (proven === this.commit.length && !this.isHalf(read)) ||
        read.some((position) => this.last.has(position))
      const row = this.rowOf(
        [...next].sort((a, b) => a - b),
        proven,
      )
      const runs = read.every((position) => this.running.has(position))
      state = (row << BITS) | (accept ? ACCEPTS : 0) | (runs ? IN_RUN_UP : 0)
      this.states.set(key, state)
    }
    return state
  }
}

interface Row {
  /** The positions that may be read next. */
  readonly next: readonly number[]
  /** How much of the beginning that proves a value was read; OFF: something else was. */
  readonly proven: number
}

const OFF = -1

const compiled = new WeakMap<Detector, Grammar>()

/** The grammar of a detector, compiled once. Throws ERR_CONFIG for what an automaton can't read. */
export function grammarOf(detector: Detector): Grammar {
  let grammar = compiled.get(detector)
  if (!grammar) compiled.set(detector, (grammar = new Grammar(detector)))
  return grammar
}

/** By set and unit: whether it is in the set. */
export function readsOf(sets: readonly UnitSet[], units: readonly number[]): Uint8Array {
  return Uint8Array.from(sets.flatMap((set) => units.map((unit) => Number(contains(set, unit)))))
}

function readsHalves(set: UnitSet): boolean {
  return set.some(([from, to]) => from <= 0xdfff && to >= 0xd800)
}

function indexOf(conditions: Condition[], { after, notAfter }: Condition): number {
  const index = conditions.findIndex((known) => known.after === after && known.notAfter === notAfter)
  return index >= 0 ? index : conditions.push({ after, notAfter }) - 1
}

/** What to say of a detector whose forms can't be used. */
export function unusable(detector: Detector, why: string, step: string): SluiceError {
  return new SluiceError('ERR_CONFIG', `The pattern of the detector ${detector.name} ${why}.`, {
    nextSteps: [step],
  })
}
