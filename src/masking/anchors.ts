// Anchors: which values may begin at a code unit, by what stands before it and by the unit itself.
import { LONGEST_UNDECIDED } from './bounds.ts'
import type { Detector } from './detector.ts'
import { readsOf, type Condition, type Grammar } from './grammar.ts'
import { Positions, type Part } from './positions.ts'
import type { Product, Rule, Thread } from './product.ts'
import { parse } from './syntax.ts'
import { classOf, contains, type UnitSet } from './units.ts'
import { grown, UNKNOWN } from './table.ts'

/** The contexts that forms name, each once, as one automaton: the positions of a gate are what text just read. */
export interface Contexts {
  readonly sets: readonly UnitSet[]
  readonly setOf: readonly number[]
  readonly follow: readonly (readonly number[])[]
  /** Where contexts begin, at any code unit, and by position the patterns that end there. */
  readonly first: readonly number[]
  readonly endsOf: ReadonlyMap<number, readonly string[]>
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
  const endsOf = new Map<number, string[]>()
  for (const [pattern, { last }] of parts) {
    for (const position of last) endsOf.set(position, [...(endsOf.get(position) ?? []), pattern])
  }
  return {
    sets: positions.sets,
    setOf: positions.setOf,
    follow: positions.follow,
    first: [...parts.values()].flatMap((part) => part.first),
    endsOf,
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
  /** By class: where contexts begin that read it first. */
  private readonly firstBy: (readonly number[])[] = []
  /** By class: the gate after it where no context goes on. */
  private readonly rowBy: number[] = []
  private readonly gates: Gate[] = []
  private readonly rows = new Map<string, number>()
  private next = new Int32Array(0)
  /** What begins at a gate depends on the contexts that stand there, and on nothing else. */
  private readonly standings = new Map<string, Standing>()

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
    const standing = this.at(gate).standing
    const state = standing.begins[k] as number
    return state === UNKNOWN ? this.makeStart(standing, k) : state
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
      row = (this.gates.push({ positions, standing: this.standingAt(positions) }) - 1) * this.width
      this.rows.set(key, row)
      if (row + this.width > this.next.length) this.next = grown(this.next, 2 * (row + this.width))
    }
    return row
  }

  private make(gate: number, k: number): number {
    const { first } = this.contexts
    const begun = (this.firstBy[k] ??= first
      .filter((position) => this.readsAt(position, k))
      .sort((a, b) => a - b))
    const read = this.goOn(this.at(gate).positions, k)
    // Mostly no context goes on, so that the gate is the one where those begin that the unit begins.
    const row =
      read.length > 0
        ? this.rowOf([...new Set([...begun, ...read])].sort((a, b) => a - b))
        : (this.rowBy[k] ??= this.rowOf(begun))
    this.next[gate + k] = row
    return row
  }

  private goOn(positions: readonly number[], k: number): readonly number[] {
    const { follow } = this.contexts
    const read: number[] = []
    for (const position of positions) {
      for (const next of follow[position] as readonly number[]) if (this.readsAt(next, k)) read.push(next)
    }
    return read
  }

  private readsAt(position: number, k: number): boolean {
    return this.reads[(this.contexts.setOf[position] as number) * this.width + k] === 1
  }

  private makeStart({ starts, begins }: Standing, k: number): number {
    const threads: Thread[] = []
    for (const { rule, state: start } of starts) {
      const after = (from: number): number => rule.grammar.next(from, rule.column[k] as number)
      const state = after(start)
      if (state === 0) continue
      // All starts from which the unit leads there are as good.
      const from = rule.grammar.starts.find((other) => other !== 0 && after(other) === state) as number
      threads.push({ rule, state, from, found: false })
    }
    const state = this.product.stateOf(threads)
    begins[k] = state
    return state
  }

  private standingAt(positions: readonly number[]): Standing {
    const { endsOf } = this.contexts
    const stand = new Set<string>()
    for (const position of positions) for (const context of endsOf.get(position) ?? []) stand.add(context)
    const key = [...stand].sort().join('\n')
    let standing = this.standings.get(key)
    if (!standing) {
      standing = { starts: this.startsAfter(stand), begins: new Int32Array(this.width).fill(UNKNOWN) }
      this.standings.set(key, standing)
    }
    return standing
  }

  // The rules that may begin where these contexts stand, each where it starts.
  private startsAfter(contexts: ReadonlySet<string>): readonly Start[] {
    const meets = ({ after, notAfter }: Condition): boolean =>
      (after === undefined || contexts.has(after)) && (notAfter === undefined || !contexts.has(notAfter))
    const starts = this.rules.map((rule) => {
      const { conditions, starts } = rule.grammar
      const met = conditions.reduce((bits, condition, i) => bits | (meets(condition) ? 1 << i : 0), 0)
      return { rule, state: starts[met] as number }
    })
    return starts.filter(({ state }) => state !== 0)
  }
}

interface Start {
  readonly rule: Rule
  readonly state: number
}

/** What begins where the same contexts stand: the rules, and by class the product's state, when it was asked for. */
interface Standing {
  readonly starts: readonly Start[]
  readonly begins: Int32Array
}

interface Gate {
  /** What text just read. */
  readonly positions: readonly number[]
  readonly standing: Standing
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
      reads:
        detector.check !== undefined || detector.notBefore !== undefined || detector.replace !== undefined,
    }
  })
}
