// Digits, as numbers are checked by them: read one by one, since a check that makes texts of them costs more than the rest.

/** What a code unit is that is no digit. */
export const NONE = -1

/** The decimal digit that a code unit is, or NONE. */
export function digitOf(unit: number): number {
  return unit >= 0x30 && unit <= 0x39 ? unit - 0x30 : NONE
}

/** How many decimal digits a text has. */
export function countDigits(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if (digitOf(text.charCodeAt(i)) !== NONE) count++
  return count
}

/** The number that the decimal digits of a text are, 15 of them at most. */
export function numberOf(text: string): number {
  let number = 0
  for (let i = 0; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit !== NONE) number = 10 * number + digit
  }
  return number
}
