// Sets of UTF-16 code units, and the classes that automata see instead of single units.

/** Inclusive ranges, in order and disjoint. */
export type UnitSet = readonly (readonly [from: number, to: number])[]

const LAST = 0xffff

export function union(...sets: readonly UnitSet[]): UnitSet {
  const ranges = sets.flat().sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [from, to] of ranges) {
    const last = merged.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

export function complement(set: UnitSet): UnitSet {
  const gaps: [number, number][] = []
  let next = 0
  for (const [from, to] of set) {
    if (from > next) gaps.push([next, from - 1])
    next = to + 1
  }
  if (next <= LAST) gaps.push([next, LAST])
  return gaps
}

export function intersection(a: UnitSet, b: UnitSet): UnitSet {
  return complement(union(complement(a), complement(b)))
}

export function contains(set: UnitSet, unit: number): boolean {
  return set.some(([from, to]) => from <= unit && unit <= to)
}

/** A partition of the code units: units of one class are never told apart. */
export interface Classes {
  readonly count: number
  /** Where runs of one class begin, from 0, ascending; `classAt` holds each run's class. */
  readonly cuts: readonly number[]
  readonly classAt: readonly number[]
}

/** The coarsest classes that can tell apart what every set tells apart. */
export function classesOf(sets: readonly UnitSet[]): Classes {
  const cuts = new Set([0])
  for (const set of sets) {
    for (const [from, to] of set) {
      cuts.add(from)
      if (to < LAST) cuts.add(to + 1)
    }
  }
  return classify([...cuts], (unit) => sets.map((set) => (contains(set, unit) ? '1' : '0')).join(''))
}

/** The coarsest classes that are finer than each of the given ones. */
export function refine(parts: readonly Classes[]): Classes {
  return classify([...new Set(parts.flatMap((part) => part.cuts))], (unit) =>
    parts.map((part) => classOf(part, unit)).join(),
  )
}

function classify(cuts: number[], signature: (unit: number) => string): Classes {
  const ids = new Map<string, number>()
  const sorted = cuts.sort((a, b) => a - b)
  const classAt = sorted.map((cut) => {
    const key = signature(cut)
    const id = ids.get(key) ?? ids.size
    ids.set(key, id)
    return id
  })
  return { count: ids.size, cuts: sorted, classAt }
}

export function classOf(classes: Classes, unit: number): number {
  let low = 0
  let high = classes.cuts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((classes.cuts[middle] as number) <= unit) low = middle
    else high = middle - 1
  }
  return classes.classAt[low] as number
}

/** One unit of each class, by class. */
export function representatives(classes: Classes): readonly number[] {
  const units: number[] = []
  classes.classAt.forEach((id, i) => (units[id] ??= classes.cuts[i] as number))
  return units
}

/** The class of every unit, as a table. */
export function classTable(classes: Classes): Uint8Array | Uint16Array {
  const table = classes.count > 256 ? new Uint16Array(LAST + 1) : new Uint8Array(LAST + 1)
  classes.cuts.forEach((cut, i) => table.fill(classes.classAt[i] as number, cut, classes.cuts[i + 1]))
  return table
}
