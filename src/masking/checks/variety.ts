// Variety: what is filled in for show (`xxxx`, `0000`, `1231231`, `abcdefgh`) has little of it.

const ASCII = 128
const counts = new Uint16Array(ASCII)
/** So many letters in the order of the alphabet are the alphabet. */
const IN_ORDER = 8
/** Bits a character: what is random has more, from so many characters on. */
const LEAST_BITS = 2.5
const MEASURABLE = 24
// As vendors end the keys in their documentation.
const FOR_SHOW = /EXAMPLE$/

/** Whether what has a token's form can be one: it is varied, and not marked as an example. */
export function isToken(text: string): boolean {
  return isVaried(text) && !FOR_SHOW.test(text)
}

/**
 * Whether a text looks random enough: no ASCII character, of either case, makes up a third of it, a long one doesn't
 * consist of a few characters again and again, and none of it is the alphabet.
 */
export function isVaried(text: string): boolean {
  counts.fill(0)
  let most = 0
  let inOrder = 1
  let before = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const folded = unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit
    if (folded < ASCII) most = Math.max(most, (counts[folded] = (counts[folded] as number) + 1))
    inOrder = folded === before + 1 && folded > 0x61 && folded <= 0x7a ? inOrder + 1 : 1
    if (inOrder >= IN_ORDER) return false
    before = folded
  }
  return most * 3 < text.length && (text.length < MEASURABLE || bits(text.length) >= LEAST_BITS)
}

// Shannon's entropy of the characters that were counted.
function bits(length: number): number {
  let sum = 0
  for (const count of counts) if (count > 0) sum -= (count / length) * Math.log2(count / length)
  return sum
}
