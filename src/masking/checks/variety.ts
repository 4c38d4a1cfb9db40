// Variety: what is filled in for show (`xxxx`, `0000`, `1231231`) has little of it.
import type { LastValid } from '../detector.ts'

const ASCII = 128
const counts = new Uint16Array(ASCII)
/** By ASCII character: the same for both cases of a letter. */
const FOLDED = Uint8Array.from({ length: ASCII }, (_, unit) =>
  unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit,
)
/** Bits a character: what is random has more, from so many characters on. */
const LEAST_BITS = 2.5
const MEASURABLE = 24

/** Of the text that is being checked: whether so many of its first characters are varied. */
let varied = new Uint8Array(1024)

/**
 * Whether a text looks random enough: no ASCII character, of either case, makes up a third of it, and a long one isn't a few
 * characters again and again.
 */
export function isVaried(text: string): boolean {
  const last = readVaried(text)
  return last > 0 && last === text.length
}

/** The last end before which `text` is varied. */
export const lastVaried: LastValid = (text, isWhole, ends) => {
  const last = readVaried(text)
  if (last === 0) return undefined
  if (isWhole && last === text.length) return last
  return ends(last).findLast((end) => varied[end] === 1)
}

// Finds out how many of its first characters are varied; returns the most of them.
function readVaried(text: string): number {
  const { length } = text
  if (length >= varied.length) varied = new Uint8Array(2 * length)
  counts.fill(0)
  let most = 0
  // Of all characters' counts, the sum of n log n, from which Shannon's entropy follows.
  let sum = 0
  let last = 0
  for (let i = 0, end = 1; i < length; i = end++) {
    const unit = text.charCodeAt(i)
    if (unit < ASCII) {
      const folded = FOLDED[unit] as number
      const count = (counts[folded] as number) + 1
      counts[folded] = count
      if (count > most) most = count
      sum += count < GAINS.length ? (GAINS[count] as number) : gain(count)
    }
    const passes = 3 * most < end && (end < MEASURABLE || log2(end) - sum / end >= LEAST_BITS)
    varied[end] = Number(passes)
    if (passes) last = end
  }
  return last
}

function log2(n: number): number {
  return n < LOGS.length ? (LOGS[n] as number) : Math.log2(n)
}
const LOGS = Float64Array.from({ length: 512 }, (_, n) => Math.log2(n))

// By how much n log n grows with the n-th.
function gain(n: number): number {
  return n < 2 ? 0 : n * Math.log2(n) - (n - 1) * Math.log2(n - 1)
}
const GAINS = Float64Array.from({ length: 256 }, (_, n) => gain(n))
