// Variety: what is filled in for show (`xxxx`, `0000`, `1231231`) has little of it.

const ASCII = 128
const counts = new Uint16Array(ASCII)
/** Bits a character: what is random has more, from so many characters on. */
const LEAST_BITS = 2.5
const MEASURABLE = 24

/**
 * Whether a text looks random enough: no ASCII character, of either case, makes up a third of it, and a long one isn't a few
 * characters again and again.
 */
export function isVaried(text: string): boolean {
  counts.fill(0)
  let most = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const folded = unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit
    if (folded < ASCII) most = Math.max(most, (counts[folded] = (counts[folded] as number) + 1))
  }
  return most * 3 < text.length && (text.length < MEASURABLE || bits(text.length) >= LEAST_BITS)
}

// Shannon's entropy of the characters that were counted.
function bits(length: number): number {
  let sum = 0
  for (const count of counts) if (count > 0) sum -= (count / length) * Math.log2(count / length)
  return sum
}
