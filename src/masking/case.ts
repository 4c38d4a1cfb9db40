// Letters of either case: what a pattern with the flag i reads besides (ECMA-262 section 22.2.2.7.3, Canonicalize).
import { union, type UnitSet } from './units.ts'

/** Units beyond this have no case, but for the full-width letters and a few scripts that are read as they are written. */
const LAST_CASED = 0x2cff

/** What single units fold to, by flags: lists of words ask for the same letters again and again. */
const letters = new Map<string, UnitSet>()

/** The set with every unit that an expression with these flags takes for one of it. */
export function folded(set: UnitSet, flags: string): UnitSet {
  const [[from, to] = [0, 0], ...others] = set
  if (from !== to || others.length > 0) return withCases(set, flags)
  const key = `${flags} ${from}`
  let known = letters.get(key)
  if (!known) letters.set(key, (known = withCases(set, flags)))
  return known
}

function withCases(set: UnitSet, flags: string): UnitSet {
  const more: [number, number][] = []
  for (const [unit, others] of cases()) {
    if (!set.some(([from, to]) => from <= unit && unit <= to)) continue
    const pattern = new RegExp(`^\\u${unit.toString(16).padStart(4, '0')}$`, flags)
    for (const other of others) if (pattern.test(String.fromCharCode(other))) more.push([other, other])
  }
  return union(set, more)
}

let known: ReadonlyMap<number, ReadonlySet<number>> | undefined

// By unit: those that may be the same letter in another case; the engine's regular expressions have the last word.
function cases(): ReadonlyMap<number, ReadonlySet<number>> {
  if (known) return known
  const groups = new Map<string, Set<number>>()
  for (let unit = 0; unit <= LAST_CASED; unit++) {
    const letter = String.fromCharCode(unit)
    const [upper, lower] = [letter.toUpperCase(), letter.toLowerCase()]
    if (upper === letter && lower === letter) continue
    for (const key of new Set([upper, lower, upper.toLowerCase(), lower.toUpperCase()])) {
      const group = groups.get(key) ?? new Set()
      groups.set(key, group.add(unit))
    }
  }
  const map = new Map<number, Set<number>>()
  for (const group of groups.values()) {
    for (const unit of group) {
      const others = map.get(unit) ?? new Set()
      for (const other of group) if (other !== unit) others.add(other)
      map.set(unit, others)
    }
  }
  return (known = map)
}
