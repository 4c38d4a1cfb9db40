// Anchors: which values may begin at a code unit, by what stands before it and by the unit itself.
import { LONGEST_UNDECIDED } from './bounds.ts'
import type { Detector } from './detector.ts'
import { readsOf, type Condition, type Grammar } from './grammar.ts'
import { Positions, type Part } from './positions.ts'
import type { Product, Rule, Thread } from './product.ts'
import { Sequences } from './sequences.ts'
import { parse } from './syntax.ts'
import { classOf, contains, type UnitSet } from './units.ts'
import { grown, UNKNOWN } from './table.ts'

/** The contexts that forms name, each once, as one automaton: the positions of a gate are what text just read. */
export interface Contexts {
  readonly sets: readonly UnitSet[]
  readonly setOf: readonly number[]
  readonly follow: readonly (readonly number[])[]
  /** Where contexts begin, at any code unit. */
  readonly first: readonly number[]
  /** The patterns; and by position the places there of those that end with it. */
  readonly patterns: readonly string[]
  readonly endsOf: readonly (readonly number[] | undefined)[]
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
  const endsOf: number[][] = []
  for (const [i, { last }] of [...parts.values()].entries()) {
    for (const position of last) (endsOf[position] ??= []).push(i)
  }
  return {
    sets: positions.sets,
    setOf: positions.setOf,
    follow: positions.follow,
    first: [...parts.values()].flatMap((part) => part.first),
    patterns: [...parts.keys()],
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
  /** By class: the rules of which some value begins with it, wherever that may be. */
  private readonly rulesBy: (readonly Rule[])[] = []
  private readonly gates: Gate[] = []
  private readonly rows = new Sequences()
  private next = new Int32Array(0)
  /** What begins at a gate depends on the contexts that stand there, and on nothing else. */
  private readonly standings: Standing[] = []
  private readonly standingIds = new Sequences()

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
    const id = this.rows.of(positions)
    const known = this.rows.values[id]
    if (known !== undefined) return known
    const row = (this.gates.push({ positions, standing: this.standingAt(positions) }) - 1) * this.width
    this.rows.values[id] = row
    if (row + this.width > this.next.length) this.next = grown(this.next, 2 * (row + this.width))
    return row
  }

  private make(gate: number, k: number): number {
    const { first } = this.contexts
    const begun = (this.firstBy[k] ??= inOrder(first.filter((position) => this.readsAt(position, k))))
    const read = this.goOn(this.at(gate).positions, k)
    // Mostly no context goes on, so that the gate is the one where those begin that the unit begins.
    const row =
      read.length > 0 ? this.rowOf(inOrder([...begun, ...read])) : (this.rowBy[k] ??= this.rowOf(begun))
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
    for (const rule of (this.rulesBy[k] ??= this.rules.filter((rule) => canBegin(rule, k)))) {
      const after = (from: number): number => rule.grammar.next(from, rule.column[k] as number)
      const start = starts[rule.order] as number
      const state = start === 0 ? 0 : after(start)
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
    const { endsOf, patterns } = this.contexts
    const stand = inOrder(positions.flatMap((position) => endsOf[position] ?? []))
    const id = this.standingIds.of(stand)
    const known = this.standingIds.values[id]
    if (known !== undefined) return this.standings[known] as Standing
    const starts = this.startsAfter(new Set(stand.map((i) => patterns[i] as string)))
    const standing = { starts, begins: new Int32Array(this.width).fill(UNKNOWN) }
    this.standingIds.values[id] = this.standings.push(standing) - 1
    return standing
  }

  // By rule: where it starts after these contexts; 0: it doesn't.
  private startsAfter(contexts: ReadonlySet<string>): readonly number[] {
    const meets = ({ after, notAfter }: Condition): boolean =>
      (after === undefined || contexts.has(after)) && (notAfter === undefined || !contexts.has(notAfter))
    return this.rules.map(({ grammar: { conditions, starts } }) => {
      const met = conditions.reduce((bits, condition, i) => bits | (meets(condition) ? 1 << i : 0), 0)
      return starts[met] as number
    })
  }
}

function canBegin({ grammar, column }: Rule, k: number): boolean {
  return grammar.starts.some((start) => start !== 0 && grammar.next(start, column[k] as number) !== 0)
}

/** The same numbers in order, each once. */
function inOrder(numbers: readonly number[]): readonly number[] {
  const ordered = numbers.toSorted((a, b) => a - b)
  return ordered.filter((number, i) => number !== ordered[i - 1])
}

/** What begins where the same contexts stand: by rule, where it starts; by class, the product's state, when it was asked for. */
interface Standing {
  readonly starts: readonly number[]
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
