// International bank account numbers: the structure each country registered (SWIFT, "IBAN Registry"), and the checksum
// (ISO 13616, ISO 7064 mod 97-10).
import type { LastValid } from '../detector.ts'

// What follows the country and the check digits: so many digits (n), capitals (a), or either (c).
const STRUCTURES =
  'AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n CY8n16c ' +
  'CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n ' +
  'GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c ' +
  'LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n ' +
  'NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n ' +
  'SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n YE4a4n18c ' +
  // In use without being registered.
  'AO21n BF24c BJ24c CF23n CG23n CI24c CM23n CV21n DZ22n GA23n GQ23n GW21c IR22n KM23n MA24n MG23n ML24c MZ21n NE24c ' +
  'SN24c TD23n TG24c'
/** Of the values 0 to 9 and 10 to 35: which a number may have at a place. */
const DIGITS = 1
const LETTERS = 2
const KINDS: Readonly<Record<string, number>> = { n: DIGITS, a: LETTERS, c: DIGITS | LETTERS }
/** What small letters have, and capitals have not. */
const SMALL = 0x20
const NONE = -1
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 36; value++) {
  const sign = value.toString(36)
  VALUES[sign.charCodeAt(0)] = value
  VALUES[sign.toUpperCase().charCodeAt(0)] = value
}

/** By the values of the two letters: at each place, what may stand there. */
const COUNTRIES: (readonly number[] | undefined)[] = []
for (const structure of STRUCTURES.split(' ')) {
  const parts = [...structure.matchAll(/(\d+)([nac])/g)] as unknown as [string, string, string][]
  COUNTRIES[countryOf(structure)] = [
    ...[LETTERS, LETTERS, DIGITS, DIGITS],
    ...parts.flatMap(([, count, of]) => Array.from({ length: Number(count) }, () => KINDS[of] as number)),
  ]
}

/** Whether `text` has the structure of its country, in letters of one case, and a right checksum. */
export function isIban(text: string): boolean {
  const end = ibanEnd(text)
  if (end === NONE) return false
  for (let i = end; i < text.length; i++) if (valueOf(text.charCodeAt(i)) >= 0) return false
  return true
}

/** The last end before which `text` is one. */
export const lastIban: LastValid = (text, isWhole, ends) => {
  const end = ibanEnd(text)
  if (end === NONE) return undefined
  return (isWhole && end === text.length) || ends(end).includes(end) ? end : undefined
}

// Where the number ends that a text begins with; NONE: it begins with none.
function ibanEnd(text: string): number {
  const country = countryWith(text)
  if (!country || text.length < country.length) return NONE
  let count = 0
  let remainder = 0
  let start = 0
  // Of all its letters: whether some are small, and some capitals.
  let cases = 0
  let end = 0
  for (; count < country.length && end < text.length; end++) {
    const unit = text.charCodeAt(end)
    const value = valueOf(unit)
    if (value < 0) continue
    const isLetter = value > 9
    if (((country[count++] as number) & (isLetter ? LETTERS : DIGITS)) === 0) return NONE
    if (isLetter) cases |= unit & SMALL ? 1 : 2
    // The country and the check digits count as if they stood at the end.
    if (count <= 4) start = append(start, value)
    else remainder = append(remainder, value) % 97
  }
  if (count < country.length || cases === 3) return NONE
  // Letters are two digits each, the check digits one.
  return (remainder * 1_000_000 + start) % 97 === 1 ? end : NONE
}

function append(number: number, value: number): number {
  return number * (value > 9 ? 100 : 10) + value
}

// What its beginning says; undefined: no account number begins so.
function countryWith(text: string): readonly number[] | undefined {
  const check = 10 * valueOf(text.charCodeAt(2)) + valueOf(text.charCodeAt(3))
  return check < 2 || check > 98 ? undefined : COUNTRIES[countryOf(text)]
}

function countryOf(text: string): number {
  return 36 * valueOf(text.charCodeAt(0)) + valueOf(text.charCodeAt(1))
}

// 0 to 9 for digits, 10 to 35 for letters; -1 for anything else.
function valueOf(unit: number): number {
  return VALUES[unit] ?? -1
}
