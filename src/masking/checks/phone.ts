// Telephone numbers: which lengths are in use, by calling code (ITU-T E.164), as libphonenumber's metadata have them.
import { createRequire } from 'node:module'
import { countDigits, digitOf, NONE } from './digits.ts'

// Only the metadata, and only once a number asks: the library itself would take longer to load than all else here.
const METADATA = 'libphonenumber-js/metadata.min.json'
type Country = readonly [callingCode: string, prefix: unknown, pattern: unknown, lengths: readonly number[]]

let table: ReadonlyMap<number, number> | undefined

const DATE = /^\(?(?:[0-3]?\d[./ -][01]?\d[./ -](?:19|20)\d\d|(?:19|20)\d\d[./ -]?[01]\d[./ -]?[0-3]\d)(?!\d)/
const EXTENDED = /[#a-z]/i
const EXTENSION = /,? ?(?:x|#|ext\.?|extension|poste) ?\d+$/i
// Of other numbers that are written in groups: addresses on a network, US numbers, amounts, times in (milli)seconds.
const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const OTHER = new RegExp(
  `^(?:${OCTET}(?:\\.${OCTET}){1,3}|\\d{1,3}(?:\\.\\d{3}){1,3}|\\d{3}[ .-]\\d\\d[ .-]\\d{4}|\\d+\\.\\d{1,2}|1\\d{9}|1\\d{12})$`,
)
const SHORTEST_BARE = 8

/** Whether a text of the phone grammar has as many digits as a number of its kind, and isn't a date. */
export function isPhoneNumber(text: string): boolean {
  const bare = EXTENDED.test(text) ? text.replace(EXTENSION, '') : text
  if (DATE.test(bare)) return false
  const count = countDigits(bare)
  if (isRow(bare)) return false
  if (/^\(?\+/.test(text)) return isInternational(bare, 0, count)
  if (OTHER.test(bare)) return false
  const zeros = leadingZeros(bare)
  if (zeros >= 2) return isInternational(bare, 2, count - 2)
  if (zeros === 1) return count >= 9 && count <= 13
  return count >= (count === bare.length ? SHORTEST_BARE : 7) && count <= 13
}

// Whether its digits are some of 01234567890, in their order.
function isRow(text: string): boolean {
  let next: number = NONE
  let isLast = false
  for (let i = 0; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit === NONE) continue
    if (isLast || (next !== NONE && digit !== next)) return false
    isLast = next === 0
    next = digit === 9 ? 0 : digit + 1
  }
  return true
}

// How many zeros the digits begin with: 0, 1, or 2 and more.
function leadingZeros(text: string): number {
  let zeros = 0
  for (let i = 0; i < text.length && zeros < 2; i++) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit === 0) zeros++
    else if (digit !== NONE) break
  }
  return zeros
}

// Whether the digits after the first `skipped` are a calling code in use, and not many more or fewer than its numbers have:
// many write the trunk prefix too.
function isInternational(text: string, skipped: number, count: number): boolean {
  table ??= lengths()
  let code = 0
  for (let i = 0, read = 0; read < skipped + 3 && i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i))
    if (digit === NONE || ++read <= skipped) continue
    code = 10 * code + digit
    if (code === 0) return false
    const bits = table.get(code)
    if (bits === undefined) continue
    const rest = count - (read - skipped)
    return rest >= 7 ? rest <= 12 : ((bits >> rest) & 1) === 1
  }
  return false
}

/** By calling code: bit n says that some of its numbers have n digits after it. */
function lengths(): ReadonlyMap<number, number> {
  const { countries, nonGeographic } = createRequire(import.meta.url)(METADATA) as Record<
    'countries' | 'nonGeographic',
    Record<string, Country>
  >
  const bits = new Map<number, number>()
  for (const [calling, , , possible] of [...Object.values(countries), ...Object.values(nonGeographic)]) {
    const code = Number(calling)
    bits.set(
      code,
      possible.reduce((all, length) => all | (1 << length), bits.get(code) ?? 0),
    )
  }
  return bits
}
