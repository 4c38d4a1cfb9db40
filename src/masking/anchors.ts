// Anchors: which values may begin at a code unit, by what stands before it and by the unit itself.
import { LONGEST_UNDECIDED } from './bounds.ts'
import type { Detector } from './detector.ts'
import { readsOf, type Condition, type Grammar } from './grammar.ts'
import { Positions, type Part } from './positions.ts'
import type { Product } from './product.ts'
import { type Rule, type Thread } from './product.ts'
import { parse } from './syntax.ts'
import { classOf, contains, type UnitSet } from './units.ts'
import { grown, UNKNOWN } from './table.ts'

/** The contexts that forms name, each once, as one automaton: the positions of a gate are what text just read. */
export interface Contexts {
  readonly sets: readonly UnitSet[]
  readonly setOf: readonly number[]
  readonly follow: readonly (readonly number[])[]
  /** Where contexts begin, at any code unit, and by the pattern where each ends. */
  readonly first: readonly number[]
  readonly last: ReadonlyMap<string, ReadonlySet<number>>
}

export function contextsOf(detectors: readonly Detector[]): Contexts {
  const patterns = detectors.flatMap(({ forms }) =>
    forms.flatMap(({ after, notAfter }) => [after, notAfter].filter((pattern) => pattern !== undefined)),
  )
  const positions = new Positions()
  const parts = new Map<string, Part>()
  for (const pattern of patterns) {
    const key = pattern.toString()
    if (!parts.has(key)) parts.set(key, positions.add(parse(pattern)))
  }
  return {
    sets: positions.sets,
    setOf: positions.setOf,
    follow: positions.follow,
    first: [...parts.values()].flatMap((part) => part.first),
    last: new Map([...parts].map(([source, part]) => [source, new Set(part.last)])),
  }
}

/**
 * An automaton that reads every code unit and forgets nothing that a context asks about; its states are row offsets, made
 * when first met. Text starts at gate 0. Invariant: a value begins at a code unit only if `begin` has it.
 */
export class Gates {
  private readonly rules: readonly Rule[]
  private readonly contexts: Contexts
  private readonly product: Product
  private readonly width: number
  private readonly reads: Uint8Array
  private readonly gates: Gate[] = []
  private readonly rows = new Map<string, number>()
  private next = new Int32Array(0)
  private starts = new Int32Array(0)

  /** `units` has one code unit of each class. */
  constructor(rules: readonly Rule[], contexts: Contexts, product: Product, units: readonly number[]) {
    this.rules = rules
    this.contexts = contexts
    this.product = product
    this.width = units.length
    this.reads = readsOf(contexts.sets, units)
    this.rowOf([])
  }

  get size(): number {
    return this.gates.length
  }

  /** The gate after a unit of class k. */
  after(gate: number, k: number): number {
    const next = this.next[gate + k] as number
    return next === UNKNOWN ? this.make(gate, k) : next
  }

  /** The product's state of a candidate whose first unit, at this gate, is of class k; 0: none begins. */
  begin(gate: number, k: number): number {
    const state = this.starts[gate + k] as number
    return state === UNKNOWN ? this.makeStart(gate, k) : state
  }

  /** The gate for which `other` has the row `gate`. */
  adopt(gate: number, other: Gates): number {
    return this.rowOf(other.at(gate).positions)
  }

  private at(gate: number): Gate {
    return this.gates[gate / this.width] as Gate
  }

  private rowOf(positions: readonly number[]): number {
    const key = positions.join()
    let row = this.rows.get(key)
    if (row === undefined) {
      row = (this.gates.push({ positions, starts: this.startsAt(positions) }) - 1) * this.width
      this.rows.set(key, row)
      if (row + this.width > this.next.length) {
        this.next = grown(this.next, 2 * (row + this.width))
        this.starts = grown(this.starts, 2 * (row + this.width))
      }
    }
    return row
  }

  private make(gate: number, k: number): number {
    const { first, follow, setOf } = this.contexts
    const reachable = new Set(first)
    for (const position of this.at(gate).positions) {
      for (const next of follow[position] as readonly number[]) reachable.add(next)
    }
    const read: number[] = []
    for (const position of reachable) {
      if (this.reads[(setOf[position] as number) * this.width + k] === 1) read.push(position)
    }
    const row = this.rowOf(read.sort((a, b) => a - b))
    this.next[gate + k] = row
    return row
  }

  private makeStart(gate: number, k: number): number {
    const threads: Thread[] = []
    for (const { rule, state: start } of this.at(gate).starts) {
      const state = rule.grammar.next(start, rule.column[k] as number)
      if (state !== 0) threads.push({ rule, state })
    }
    const state = this.product.stateOf(threads)
    this.starts[gate + k] = state
    return state
  }

  // The rules that may begin where these positions were just read, each where it starts.
  private startsAt(positions: readonly number[]): readonly Thread[] {
    const stands = (context: string): boolean => {
      const last = this.contexts.last.get(context) as ReadonlySet<number>
      return positions.some((position) => last.has(position))
    }
    const meets = ({ after, notAfter }: Condition): boolean =>
      (after === undefined || stands(after)) && (notAfter === undefined || !stands(notAfter))
    const threads = this.rules.map((rule) => {
      const { conditions, starts } = rule.grammar
      const met = conditions.reduce((bits, condition, i) => bits | (meets(condition) ? 1 << i : 0), 0)
      return { rule, state: starts[met] as number }
    })
    return threads.filter(({ state }) => state !== 0)
  }
}

interface Gate {
  /** What text just read. */
  readonly positions: readonly number[]
  readonly starts: readonly Thread[]
}

/** The rules of an engine, in the policy's order, over the classes whose representatives are `units`. */
export function rulesOf(
  detectors: readonly Detector[],
  grammars: readonly Grammar[],
  units: readonly number[],
): readonly Rule[] {
  return detectors.map((detector, order): Rule => {
    const grammar = grammars[order] as Grammar
    return {
      detector,
      grammar,
      order,
      column: Uint16Array.from(units, (unit) => classOf(grammar.classes, unit)),
      barred: Uint8Array.from(units, (unit) => Number(contains(grammar.notBefore, unit))),
      certain: !detector.check && !detector.notBefore,
      leavesFrom: detector.replace ? LONGEST_UNDECIDED + 1 : 0,
      reads: detector.check !== undefined || detector.replace !== undefined,
    }
  })
}
