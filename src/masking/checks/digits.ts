// Digits, as numbers are checked by them.

/** The decimal digits of a text, as numbers. */
export function digitsOf(text: string): number[] {
  const digits: number[] = []
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit >= 0 && digit <= 9) digits.push(digit)
  }
  return digits
}
