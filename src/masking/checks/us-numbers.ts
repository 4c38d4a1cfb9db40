// Numbers that the United States give out: to taxpayers, health care providers and banks.
import { digitOf, NONE, numberOf } from './digits.ts'
import { passesLuhn } from './luhn.ts'

// Of 80840, the prefix of such numbers when they are part of a card's (CMS, "NPI check digit").
const NPI_PREFIX_SUM = 24
const NINE_ONES = 111_111_111
const ABA_WEIGHTS = [3, 7, 1]

/** Individual taxpayer identification numbers: the fourth and fifth digit are in the IRS' ranges. */
export function isItin(text: string): boolean {
  const group = Math.floor(numberOf(text) / 1e4) % 100
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group !== 93)
}

/** National provider identifiers: not of one digit only, the check digit aside. */
export function isNpi(text: string): boolean {
  return Math.floor(numberOf(text) / 10) % NINE_ONES !== 0 && passesLuhn(text, NPI_PREFIX_SUM)
}

/** Routing transit numbers: weights 3, 7 and 1, and a district that exists. */
export function isAba(text: string): boolean {
  let sum = 0
  for (let i = 0, count = 0; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit !== NONE) sum += digit * (ABA_WEIGHTS[count++ % 3] as number)
  }
  return sum % 10 === 0 && isDistrict(Math.floor(numberOf(text) / 1e7))
}

// First two digits of routing numbers: Federal Reserve districts, thrifts, electronic transfers, traveler's cheques.
function isDistrict(first: number): boolean {
  return (
    (first >= 1 && first <= 12) ||
    (first >= 21 && first <= 32) ||
    (first >= 61 && first <= 72) ||
    first === 80
  )
}
