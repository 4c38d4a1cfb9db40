// Run-ups: where all forms of a detector begin with many of the same characters and only then tell themselves (a mail
// address and its at sign), these are counted beside the automaton, so that words don't have a state for every length.
import { Positions, type Part } from './positions.ts'
import { unitsOf, type Tree } from './syntax.ts'
import { intersection, type UnitSet } from './units.ts'

/** A shorter one is cheaper as states. */
const SHORTEST = 16

/**
 * What forms begin with: one unit of a set, then up to `length - 1` of another. Invariant: what follows begins with none of
 * these, so a value is in its run-up if and only if it has read nothing else.
 */
export interface RunUp {
  readonly length: number
  /** Adds the i'th form to the positions, with its run-up as a loop without a bound; notes the positions of that. */
  add(i: number, positions: Positions, running: Set<number>): Part
}

/** The run-up that all these forms have; undefined: there is none. */
export function runUpOf(forms: readonly Tree[]): RunUp | undefined {
  const parts = forms.map(split)
  const { max, set } = parts[0] ?? {}
  if (!parts.every(isSplit) || max === undefined || set === undefined) return undefined
  if (parts.some((part) => part.max !== max || part.set.join() !== set.join())) return undefined
  return {
    length: 1 + max,
    add: (i, positions, running) => {
      const { first, loop, rest } = parts[i] as Split
      const head = positions.joined([positions.add(first), positions.add({ ...loop, max: Infinity })])
      for (const position of head.last) running.add(position)
      return positions.joined([head, positions.add(rest)])
    },
  }
}

interface Split {
  readonly first: Tree
  readonly loop: Tree & { readonly kind: 'repeat' }
  readonly rest: Tree
  readonly max: number
  readonly set: UnitSet
}

function isSplit(part: Split | undefined): part is Split {
  return part !== undefined
}

function split(tree: Tree): Split | undefined {
  if (tree.kind !== 'sequence') return undefined
  const [first, loop, ...items] = tree.items
  if (!first || loop?.kind !== 'repeat' || items.length === 0) return undefined
  const set = unitsOf(loop.item)
  if (!set || !unitsOf(first) || loop.min > 0 || loop.max === Infinity || loop.max < SHORTEST)
    return undefined
  const rest: Tree = { kind: 'sequence', items }
  const alone = new Positions()
  const { nullable, first: next } = alone.add(rest)
  const overlaps = next.some(
    (at) => intersection(alone.sets[alone.setOf[at] as number] as UnitSet, set).length > 0,
  )
  return nullable || overlaps ? undefined : { first, loop, rest, max: loop.max, set }
}
