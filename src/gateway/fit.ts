// What fits into an entry, whose bytes are bounded (terms/entry.ts): what there is most of by name, the rest as a number.
import type { ChannelFindings, FindingCounts } from '../terms/finding.ts'

/** Bytes, quotes and commas included; with the longest names of all else an entry stays below its bound. */
const COUNTS = 320
const CHANNELS = 400
const NAMES = 150
const PARTS = 250
const REASONS = 120
const OTHERS = 'others'
const ROOM_FOR_REST = 22

/** The most frequent findings; `others` are those of all further detectors. */
export function fitCounts(counts: FindingCounts, bytes = COUNTS): FindingCounts {
  const known = Object.entries(counts).toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  let room = bytes
  const fits = known.findIndex(([name, n]) => (room -= `"${name}":${n},`.length) < ROOM_FOR_REST)
  const kept = fits < 0 ? known : known.slice(0, fits)
  const others = known.slice(kept.length).reduce((sum, [, n]) => sum + n, 0)
  const all = others > 0 ? [...kept, [OTHERS, others] as const] : kept
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The same by channel; undefined where there are no findings. */
export function fitChannels(channels: ChannelFindings): ChannelFindings | undefined {
  const found = Object.entries(channels).filter(([, counts]) => Object.keys(counts).length > 0)
  if (found.length === 0) return undefined
  const each = Math.floor(CHANNELS / found.length)
  const fitted = found.map(([name, counts]) => [name, fitCounts(counts, each - name.length - 6)] as const)
  return Object.fromEntries(fitted.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The first names of a policy's list, and how many more there are. */
export function fitNames(names: readonly string[]): readonly string[] {
  return first(names, NAMES)
}

/** The first reasons' codes, and how many more there are. */
export function fitReasons(codes: readonly string[]): readonly string[] {
  return first(codes, REASONS)
}

/** The first parts that were not inspected, and how many more there are. */
export function fitParts(parts: readonly string[]): readonly string[] {
  return first(parts, PARTS)
}

function first(names: readonly string[], bytes: number): readonly string[] {
  let room = bytes
  const fits = names.findIndex(
    (name) => (room -= Buffer.byteLength(JSON.stringify(name)) + 1) < ROOM_FOR_REST,
  )
  return fits < 0 ? names : [...names.slice(0, fits), `and ${names.length - fits} more`]
}
