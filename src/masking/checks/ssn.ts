// US social security numbers: what was never given out (SSA, "Social Security Number Randomization").

// Printed in advertisements, and so void.
const VOID = new Set(['078051120', '219099999'])

/** Whether the digits of `text` can be a number that was given out. */
export function isSsn(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  const area = digits.slice(0, 3)
  if (area === '000' || area === '666' || area >= '900' || VOID.has(digits)) return false
  return digits.slice(3, 5) !== '00' && digits.slice(5) !== '0000'
}
