// Contexts: what stands before values, of all detectors, each once, as one automaton.
import type { Detector } from './detector.ts'
import { Positions, type Part } from './positions.ts'
import { parse } from './syntax.ts'
import type { UnitSet } from './units.ts'

/** Its positions are what text just read; a context stands where one of its last positions was read. */
export interface Contexts {
  readonly sets: readonly UnitSet[]
  readonly setOf: readonly number[]
  readonly follow: readonly (readonly number[])[]
  /** Where contexts begin, at any code unit. */
  readonly first: readonly number[]
  /** By pattern, as conditions name it: its number. */
  readonly numbers: ReadonlyMap<string, number>
  /** By position: the numbers of those that end with it. */
  readonly endsOf: readonly (readonly number[] | undefined)[]
}

export function contextsOf(detectors: readonly Detector[]): Contexts {
  const patterns = detectors.flatMap(({ forms }) =>
    forms.flatMap(({ after, notAfter }) => [after, notAfter].filter((pattern) => pattern !== undefined)),
  )
  const positions = new Positions()
  const parts: Part[] = []
  const numbers = new Map<string, number>()
  for (const pattern of patterns) {
    const key = pattern.toString()
    if (!numbers.has(key)) numbers.set(key, parts.push(positions.add(parse(pattern))) - 1)
  }
  const endsOf: number[][] = []
  parts.forEach(({ last }, i) => {
    for (const position of last) (endsOf[position] ??= []).push(i)
  })
  return {
    sets: positions.sets,
    setOf: positions.setOf,
    follow: positions.follow,
    first: parts.flatMap((part) => part.first),
    numbers,
    endsOf,
  }
}
