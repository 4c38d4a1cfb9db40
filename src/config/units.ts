// Sizes and durations as the file spells them; their shape is the schema's matter.

/** Bytes of a size such as `32MiB`. */
export function bytes(size: string): number {
  const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
  return Number.parseInt(size, 10) * units[size.replace(/[\d\s]/g, '') as keyof typeof units]
}

/** Milliseconds of a duration such as `30s`. */
export function milliseconds(duration: string): number {
  const units = { ms: 1, s: 1000, m: 60_000 }
  return Number.parseInt(duration, 10) * units[duration.replace(/[\d\s]/g, '') as keyof typeof units]
}
