// Anchors: which values may begin at a code unit, by what stands before it and by the unit itself.
import { LONGEST_UNDECIDED } from './bounds.ts'
import { Conditions } from './conditions.ts'
import type { Contexts } from './contexts.ts'
import type { Detector } from './detector.ts'
import { readsOf, type Grammar } from './grammar.ts'
import type { Product, Rule, Thread } from './product.ts'
import { Sequences } from './sequences.ts'
import { grown, NO_TABLE, UNKNOWN } from './table.ts'
import { classOf, contains } from './units.ts'

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
  private readonly conditions: Conditions
  /** By class: the contexts that begin with it; */
  private readonly openings: (Opening | undefined)[] = []
  private readonly openingIds = new Sequences()
  /** and the rules of which some value begins with it, wherever that may be. */
  private readonly rulesBy: (readonly Rule[] | undefined)[] = []
  private readonly gates: Gate[] = []
  private rows = new Sequences()
  private next = NO_TABLE
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
    this.conditions = new Conditions(rules, contexts)
    this.rowOf(NOTHING, [])
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

  /** Forgets all but what its gates are. */
  retire(): void {
    this.next = NO_TABLE
    this.rows = new Sequences()
    for (const standing of this.standings) standing.begins = NO_TABLE
    for (const opening of this.openings) if (opening) opening.on.length = 0
  }

  /** The gate for which `other` has the row `gate`. */
  adopt(gate: number, other: Gates): number {
    const { opening, read } = other.at(gate)
    return this.rowOf(opening === NOTHING ? NOTHING : this.openingBy(opening.k), read)
  }

  private at(gate: number): Gate {
    return this.gates[gate / this.width] as Gate
  }

  private rowOf(opening: Opening, read: readonly number[]): number {
    let id = this.rows.after(this.rows.begin(), opening.k)
    for (const position of read) id = this.rows.after(id, position)
    const known = this.rows.values[id]
    if (known !== undefined) return known
    const row =
      (this.gates.push({ opening, read, standing: this.standingAt(opening, read) }) - 1) * this.width
    this.rows.values[id] = row
    if (row + this.width > this.next.length) this.next = grown(this.next, 2 * (row + this.width))
    return row
  }

  private make(gate: number, k: number): number {
    const { opening, read } = this.at(gate)
    const after = this.openingBy(k)
    // Mostly nothing goes on but what the unit before began, which is looked up.
    const begun = (opening.on[k] ??= this.goOn(opening.first, k))
    const on = read.length === 0 ? begun : this.goOn(read, k, [...begun])
    const row = this.rowOf(
      after,
      on.filter((position) => !after.first.includes(position)),
    )
    this.next[gate + k] = row
    return row
  }

  // Adds what contexts that have read these positions read next, to what others do.
  private goOn(positions: readonly number[], k: number, read: number[] = []): readonly number[] {
    const { follow } = this.contexts
    for (const position of positions) {
      for (const next of follow[position] as readonly number[]) if (this.readsAt(next, k)) insert(next, read)
    }
    return read
  }

  private readsAt(position: number, k: number): boolean {
    return this.reads[(this.contexts.setOf[position] as number) * this.width + k] === 1
  }

  // Units that begin the same are one opening.
  private openingBy(k: number): Opening {
    const known = this.openings[k]
    if (known) return known
    const first = inOrder(this.contexts.first.filter((position) => this.readsAt(position, k)))
    const { values } = this.openingIds
    const id = this.openingIds.of(first)
    const opening = this.openings[(values[id] ??= k)] ?? { k, first, on: [] }
    this.openings[k] = opening
    return opening
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

  private standingAt(opening: Opening, read: readonly number[]): Standing {
    const { endsOf } = this.contexts
    const stand: number[] = []
    for (const positions of [opening.first, read]) {
      for (const position of positions) for (const context of endsOf[position] ?? NONE) stand.push(context)
    }
    const contexts = inOrder(stand)
    const id = this.standingIds.of(contexts)
    const known = this.standingIds.values[id]
    if (known !== undefined) return this.standings[known] as Standing
    const starts = this.conditions.startsAfter(new Set(contexts))
    const standing = { starts, begins: new Int32Array(this.width).fill(UNKNOWN) }
    this.standingIds.values[id] = this.standings.push(standing) - 1
    return standing
  }
}

function canBegin({ grammar, column }: Rule, k: number): boolean {
  return grammar.starts.some((start) => start !== 0 && grammar.next(start, column[k] as number) !== 0)
}

/** Adds a number to others that are in order, each once. */
function insert(number: number, numbers: number[]): void {
  let place = numbers.length
  while (place > 0 && (numbers[place - 1] as number) > number) place--
  if (numbers[place - 1] !== number) numbers.splice(place, 0, number)
}

/** The same numbers in order, each once. */
function inOrder(numbers: readonly number[]): readonly number[] {
  const ordered: number[] = []
  for (const number of numbers) insert(number, ordered)
  return ordered
}

/** The contexts that units of class k begin, and maybe units of others. */
interface Opening {
  readonly k: number
  /** The positions that they are read at. */
  readonly first: readonly number[]
  /** By the class of the next unit: what these contexts read then. */
  readonly on: (readonly number[])[]
}

const NONE: readonly never[] = []
const NOTHING: Opening = { k: -1, first: NONE, on: [] }

/** What begins where the same contexts stand: by rule, where it starts; by class, the product's state, when it was asked for. */
interface Standing {
  readonly starts: readonly number[]
  begins: Int32Array
}

/** What text just read: what its last unit began, and what that read of contexts that had begun before. */
interface Gate {
  readonly opening: Opening
  readonly read: readonly number[]
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
