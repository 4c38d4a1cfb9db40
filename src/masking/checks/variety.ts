// Variety: what is filled in for show (`xxxx`, `0000`, `1231231`) has little of it.

const ASCII = 128
const counts = new Uint16Array(ASCII)
/** By ASCII character: the same for both cases of a letter. */
const FOLDED = Uint8Array.from({ length: ASCII }, (_, unit) =>
  unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit,
)
/** Bits a character: what is random has more, from so many characters on. */
const LEAST_BITS = 2.5
const MEASURABLE = 24

/**
 * Whether a text looks random enough: no ASCII character, of either case, makes up a third of it, and a long one isn't a few
 * characters again and again.
 */
export function isVaried(text: string): boolean {
  return lastVaried(text, () => [text.length]) !== undefined
}

/** The last of its ends, which ascend, before which `text` is varied. */
export function lastVaried(text: string, ends: () => readonly number[]): number | undefined {
  const all = ends()
  counts.fill(0)
  let most = 0
  // Of all characters' counts, the sum of n log n, from which Shannon's entropy follows.
  let sum = 0
  let at = 0
  let last: number | undefined
  for (let i = 0; i < all.length; i++) {
    const end = all[i] as number
    for (; at < end; at++) {
      const unit = text.charCodeAt(at)
      if (unit >= ASCII) continue
      const folded = FOLDED[unit] as number
      const count = (counts[folded] as number) + 1
      counts[folded] = count
      if (count > most) most = count
      sum += count < GAINS.length ? (GAINS[count] as number) : gain(count)
    }
    if (most * 3 < end && (end < MEASURABLE || Math.log2(end) - sum / end >= LEAST_BITS)) last = end
  }
  return last
}

// By how much n log n grows with the n-th.
function gain(n: number): number {
  return n < 2 ? 0 : n * Math.log2(n) - (n - 1) * Math.log2(n - 1)
}
const GAINS = Float64Array.from({ length: 256 }, (_, n) => gain(n))
