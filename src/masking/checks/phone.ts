// Telephone numbers: which lengths are in use, by calling code (ITU-T E.164), as libphonenumber's metadata have them.
import { createRequire } from 'node:module'

// Only the metadata, and only once a number asks: the library itself would take longer to load than all else here.
const METADATA = 'libphonenumber-js/metadata.min.json'
type Country = readonly [callingCode: string, prefix: unknown, pattern: unknown, lengths: readonly number[]]

let table: ReadonlyMap<string, number> | undefined

const DATE = /^\(?(?:[0-3]?\d[./ -][01]?\d[./ -](?:19|20)\d\d|(?:19|20)\d\d[./ -]?[01]\d[./ -]?[0-3]\d)(?!\d)/
const EXTENSION = /,? ?(?:x|#|ext\.?|extension|poste) ?\d+$/i
// Of other numbers that are written in groups: addresses on a network, US numbers, amounts, times in (milli)seconds.
const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const OTHER = new RegExp(
  `^(?:${OCTET}(?:\\.${OCTET}){1,3}|\\d{1,3}(?:\\.\\d{3}){1,3}|\\d{3}[ .-]\\d\\d[ .-]\\d{4}|\\d+\\.\\d{1,2}|1\\d{9}|1\\d{12})$`,
)
const SHORTEST_BARE = 8

/** Whether a text of the phone grammar has as many digits as a number of its kind, and isn't a date. */
export function isPhoneNumber(text: string): boolean {
  const bare = text.replace(EXTENSION, '')
  if (DATE.test(bare)) return false
  const digits = bare.replace(/\D/g, '')
  if ('01234567890'.includes(digits)) return false
  if (/^\(?\+/.test(text)) return isInternational(digits)
  if (OTHER.test(bare)) return false
  if (digits.startsWith('00')) return isInternational(digits.slice(2))
  if (digits.startsWith('0')) return digits.length >= 9 && digits.length <= 13
  return digits.length >= (digits.length === bare.length ? SHORTEST_BARE : 7) && digits.length <= 13
}

// A calling code in use, and not much longer or shorter than its numbers are: many write the trunk prefix too.
function isInternational(digits: string): boolean {
  table ??= lengths()
  for (const length of [1, 2, 3]) {
    const bits = table.get(digits.slice(0, length))
    if (bits === undefined) continue
    const rest = digits.length - length
    return rest >= 7 ? rest <= 12 : ((bits >> rest) & 1) === 1
  }
  return false
}

/** By calling code: bit n says that some of its numbers have n digits after it. */
function lengths(): ReadonlyMap<string, number> {
  const { countries, nonGeographic } = createRequire(import.meta.url)(METADATA) as Record<
    'countries' | 'nonGeographic',
    Record<string, Country>
  >
  const bits = new Map<string, number>()
  for (const [code, , , possible] of [...Object.values(countries), ...Object.values(nonGeographic)]) {
    bits.set(
      code,
      possible.reduce((all, length) => all | (1 << length), bits.get(code) ?? 0),
    )
  }
  return bits
}
