// Numbers that the United States give out: to taxpayers, health care providers and banks.
import { digitsOf } from './digits.ts'
import { passesLuhn } from './luhn.ts'

// Of 80840, the prefix of such numbers when they are part of a card's (CMS, "NPI check digit").
const NPI_PREFIX_SUM = 24
// First two digits of routing numbers: Federal Reserve districts, thrifts, electronic transfers, traveler's cheques.
const ABA_DISTRICTS = /^(?:0[1-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/

/** Individual taxpayer identification numbers: the fourth and fifth digit are in the IRS' ranges. */
export function isItin(text: string): boolean {
  const group = Number(text.replace(/\D/g, '').slice(3, 5))
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group !== 93)
}

/** National provider identifiers. */
export function isNpi(text: string): boolean {
  const digits = digitsOf(text)
  return new Set(digits.slice(0, -1)).size > 1 && passesLuhn(digits, NPI_PREFIX_SUM)
}

/** Routing transit numbers: weights 3, 7 and 1, and a district that exists. */
export function isAba(text: string): boolean {
  const digits = digitsOf(text)
  const sum = digits.reduce((total, digit, i) => total + digit * ([3, 7, 1][i % 3] as number), 0)
  return sum % 10 === 0 && ABA_DISTRICTS.test(digits.join(''))
}
