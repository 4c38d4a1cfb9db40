// US social security numbers: what was never given out (SSA, "Social Security Number Randomization").
import { numberOf } from './digits.ts'

// Printed in advertisements, and so void.
const VOID = new Set([78_05_1120, 219_09_9999])

/** Whether the digits of `text`, nine, can be a number that was given out. */
export function isSsn(text: string): boolean {
  const number = numberOf(text)
  const area = Math.floor(number / 1e6)
  if (area === 0 || area === 666 || area >= 900 || VOID.has(number)) return false
  return Math.floor(number / 1e4) % 100 !== 0 && number % 1e4 !== 0
}
