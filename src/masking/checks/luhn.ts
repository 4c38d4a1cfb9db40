// The Luhn checksum (ISO/IEC 7812-1, annex B): payment cards, and numbers of US health care providers.
import { digitOf, NONE } from './digits.ts'

/** Whether the digits of a text, check digit last, have a right Luhn checksum; `sum` is what a prefix that isn't written adds. */
export function passesLuhn(text: string, sum = 0): boolean {
  let double = false
  for (let i = text.length - 1; i >= 0; i--) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit === NONE) continue
    sum += double ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit
    double = !double
  }
  return sum % 10 === 0
}
