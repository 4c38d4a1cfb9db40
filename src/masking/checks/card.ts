// Payment cards: issuer identification numbers with their lengths, and the Luhn checksum (ISO/IEC 7812-1, annex B).
import { digitOf, NONE } from './digits.ts'
import type { LastValid } from '../detector.ts'

// First digits from … to …, and how long such a number is.
const ISSUERS: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [4, 4, [13, 16, 18, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]],
  [34, 34, [15]], // American Express
  [37, 37, [15]],
  [300, 305, [14, 16]], // Diners Club
  [3095, 3095, [14, 16]],
  [36, 36, [14, 16, 17, 18, 19]],
  [38, 39, [14, 16]],
  [3528, 3589, [16, 17, 18, 19]], // JCB
  [2131, 2131, [15]],
  [1800, 1800, [15]],
  [6011, 6011, [16, 17, 18, 19]], // Discover
  [644, 659, [16, 17, 18, 19]],
  [62, 62, [16, 17, 18, 19]], // UnionPay
  [81, 81, [16, 17, 18, 19]],
  [2200, 2204, [16, 17, 18, 19]], // Mir
  [5018, 5018, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [5019, 5019, [16]], // Dankort
  [5020, 5020, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5893, 5893, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [67, 67, [12, 13, 14, 15, 16, 17, 18, 19]],
  [60, 60, [16]], // RuPay
  [1, 1, [15]], // UATP
]

const LONGEST = 19
/** By a number's first four digits: in which lengths such numbers are issued (bit n: n digits). */
const ISSUED = new Uint32Array(10_000)
for (const [from, to, lengths] of ISSUERS) {
  const unit = 10 ** (4 - String(from).length)
  const bits = lengths.reduce((all, length) => all | (1 << length), 0)
  for (let first = from * unit; first < (to + 1) * unit; first++)
    ISSUED[first] = (ISSUED[first] as number) | bits
}

/** Whether the digits of `text` are a number that a card issuer could have given out. */
export function isCardNumber(text: string): boolean {
  const end = issuedEnd(text)
  return end > 0 && end === text.length
}

/** The last end before which `text` is one. */
export const lastCardNumber: LastValid = (text, isWhole, ends) => {
  const last = issuedEnd(text)
  if (last === 0 || (isWhole && last === text.length)) return last || undefined
  return ends(last).findLast((end) => end === last || isCardNumber(text.slice(0, end)))
}

// The last end before which the digits are such a number; 0: there is none.
function issuedEnd(text: string): number {
  const lengths = issuedLengths(text)
  if (lengths === 0) return 0
  let end = 0
  let count = 0
  // The sums of the digits if every other one is doubled, beginning with the first, or with the second.
  let first = 0
  let second = 0
  for (let i = 0; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit !== NONE) {
      const doubled = digit < 5 ? 2 * digit : 2 * digit - 9
      first += count % 2 === 0 ? doubled : digit
      second += count % 2 === 0 ? digit : doubled
      if (++count > LONGEST) break
    }
    // The last digit, which checks the others, is never doubled.
    if (((lengths >> count) & 1) === 1 && (count % 2 === 0 ? first : second) % 10 === 0) end = i + 1
  }
  return end
}

function issuedLengths(text: string): number {
  let first = 0
  for (let i = 0, count = 0; count < 4 && i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit === NONE) continue
    first = 10 * first + digit
    count++
  }
  return ISSUED[first] as number
}
