// Grammars: the forms of a detector as one deterministic automaton.
import { SluiceError } from '../base/errors.ts'
import type { Detector } from './detector.ts'
import { Positions, type Part } from './positions.ts'
import { parse } from './syntax.ts'
import { classesOf, classOf, contains, representatives, type Classes, type UnitSet } from './units.ts'

/**
 * States are row offsets into `table`; `table[state + class]` is the next state, and 0 means that no continuation
 * matches. Every other state can still reach a match. States from `accepting` on have read a whole match.
 */
export interface Grammar {
  readonly classes: Classes
  readonly table: Int32Array
  readonly accepting: number
  /** The contexts that bar some form: each alternatives of one set, or two, of the units right before the value. */
  readonly contexts: readonly (readonly (readonly UnitSet[])[])[]
  /** Where to start, by the contexts that don't stand before the value (bit i: contexts[i]); 0: nowhere. */
  readonly starts: readonly number[]
  readonly notBefore: UnitSet
}

/** The longest run of code units that may stay undecided (contract, section 7). */
export const LONGEST_UNDECIDED = 1024
/** More states than this come of a pattern whose parts overlap too much; an automaton of them would never end. */
const MOST_STATES = 8192

const compiled = new WeakMap<Detector, Grammar>()

/** Compiles a detector, once. Throws ERR_CONFIG where it could hold back more than LONGEST_UNDECIDED code units. */
export function grammarOf(detector: Detector): Grammar {
  let grammar = compiled.get(detector)
  if (!grammar) compiled.set(detector, (grammar = compile(detector)))
  return grammar
}

function compile(detector: Detector): Grammar {
  const positions = new Positions()
  const patterns = [...new Set(detector.forms.map(({ notAfter }) => notAfter?.source))]
  const forms = detector.forms.map(({ grammar, notAfter }) => ({
    part: positions.add(parse(grammar)),
    context: patterns.indexOf(notAfter?.source),
  }))
  if (forms.some(({ part }) => part.nullable)) throw unusable(detector, 'matches the empty text')
  // So nothing that is decided ever ends inside a surrogate pair.
  if (positions.sets.some((set) => set.some(([from, to]) => from <= 0xdfff && to >= 0xd800))) {
    throw unusable(detector, 'reads halves of surrogate pairs')
  }
  const contexts = patterns.map((pattern) => (pattern === undefined ? [] : alternatives(new RegExp(pattern))))
  const notBefore = detector.notBefore ? (alternatives(detector.notBefore).flat()[0] ?? []) : []
  const sets = [...positions.sets, ...contexts.flat(2), notBefore]
  const classes = classesOf([...new Map(sets.map((set) => [String(set), set])).values()])

  const width = classes.count
  const beginnings = patterns.reduce<Part[][]>(
    (subsets, _, i) => [
      ...subsets,
      ...subsets.map((subset) => [
        ...subset,
        ...forms.filter(({ context }) => context === i).map(({ part }) => part),
      ]),
    ],
    [[]],
  )
  const { rows, accepts } = determinise(
    positions,
    forms.map(({ part }) => part),
    beginnings,
    classes,
  )
  if (rows.length > MOST_STATES) throw unusable(detector, `needs more than ${MOST_STATES} states`)

  // Rows in the order: none, those that don't accept, those that do.
  const order = rows.map((_, i) => i).sort((a, b) => Number(accepts[a]) - Number(accepts[b]) || a - b)
  const offset = new Map(order.map((row, i) => [row, (i + 1) * width]))
  const table = new Int32Array((rows.length + 1) * width)
  rows.forEach((row, i) => {
    row.forEach((target, k) => {
      if (target >= 0) table[(offset.get(i) as number) + k] = offset.get(target) as number
    })
  })
  const accepting = (1 + accepts.filter((accept) => !accept).length) * width
  const starts = beginnings.map((subset, i) => (subset.length === 0 ? 0 : (offset.get(i) as number)))
  const grammar = { classes, table, accepting, contexts, starts, notBefore }
  const decidedFrom = detector.check || detector.notBefore ? Infinity : accepting
  if (longestUndecided(grammar, width, decidedFrom) > LONGEST_UNDECIDED) {
    throw unusable(detector, `can stay undecided for more than ${LONGEST_UNDECIDED} characters`)
  }
  return grammar
}

// The subset construction: a state is the set of positions that have just been read. The first rows are the beginnings.
function determinise(
  positions: Positions,
  forms: readonly Part[],
  beginnings: readonly (readonly Part[])[],
  classes: Classes,
) {
  const units = representatives(classes)
  const readBy = positions.sets.map((set) =>
    [...units.keys()].filter((k) => contains(set, units[k] as number)),
  )
  const last = new Set(forms.flatMap((part) => part.last))
  const ids = new Map<string, number>()
  const queue: (readonly number[])[] = beginnings.map((parts) => parts.flatMap((part) => part.first))
  const rows: number[][] = []
  const accepts = beginnings.map(() => false)
  for (let i = 0; i < queue.length && i <= MOST_STATES; i++) {
    const read: number[][] = units.map(() => [])
    for (const position of queue[i] as readonly number[]) {
      for (const k of readBy[position] as number[]) (read[k] as number[]).push(position)
    }
    rows.push(
      read.map((positionsRead) => {
        if (positionsRead.length === 0) return -1
        const key = positionsRead.join()
        let id = ids.get(key)
        if (id === undefined) {
          ids.set(key, (id = queue.length))
          queue.push(ascending(positionsRead.flatMap((position) => positions.follow[position] as number[])))
          accepts.push(positionsRead.some((position) => last.has(position)))
        }
        return id
      }),
    )
  }
  return { rows, accepts }
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}

/** How many units the longest run through undecided states reads; Infinity where they form a loop. */
function longestUndecided(grammar: Grammar, width: number, decidedFrom: number): number {
  const longest = new Map<number, number>()
  const open = new Set<number>()
  let most = Math.max(...grammar.starts.filter((state) => state !== 0).map(from))
  for (let state = decidedFrom; state < grammar.table.length; state += width)
    most = Math.max(most, from(state))
  return most

  function from(state: number): number {
    const known = longest.get(state)
    if (known !== undefined) return known
    if (open.has(state)) return Infinity
    open.add(state)
    let length = 0
    for (let k = 0; k < width; k++) {
      const next = grammar.table[state + k] as number
      if (next !== 0) length = Math.max(length, next >= decidedFrom ? 1 : 1 + from(next))
    }
    open.delete(state)
    longest.set(state, length)
    return length
  }
}

// The alternatives of a context, each a sequence of one or two sets.
function alternatives(pattern: RegExp): UnitSet[][] {
  const tree = parse(pattern)
  return (tree.kind === 'choice' ? tree.items : [tree]).map((item) =>
    (item.kind === 'sequence' ? item.items : [item]).map((unit) => (unit.kind === 'units' ? unit.set : [])),
  )
}

/** The shortest text that takes `state` to a match: how the engine can justify what it holds back. */
export function shortestMatch(grammar: Grammar, state: number): string {
  const units = representatives(grammar.classes)
  const seen = new Set([state])
  const queue: [state: number, text: string][] = [[state, '']]
  for (const [current, text] of queue) {
    if (current >= grammar.accepting) return text
    for (let k = 0; k < units.length; k++) {
      const next = grammar.table[current + k] as number
      if (next === 0 || seen.has(next)) continue
      seen.add(next)
      queue.push([next, text + String.fromCharCode(units[k] as number)])
    }
  }
  throw new RangeError('a state that reaches no match')
}

export function columnOf(grammar: Grammar, unit: number): number {
  return classOf(grammar.classes, unit)
}

function unusable(detector: Detector, why: string): SluiceError {
  return new SluiceError('ERR_CONFIG', `The pattern of the detector ${detector.name} ${why}.`, {
    nextSteps: [
      'Bound its repetitions, or let a prefix and a minimum length prove it; name the characters it reads.',
    ],
  })
}
