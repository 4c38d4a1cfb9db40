// The Luhn checksum (ISO/IEC 7812-1, annex B): payment cards, and numbers of US health care providers.

/** Whether the digits, check digit last, have a right Luhn checksum; `sum` is what a prefix that isn't written adds. */
export function passesLuhn(digits: readonly number[], sum = 0): boolean {
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits[i] as number
    sum += double ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit
  }
  return sum % 10 === 0
}
