// Telephone numbers: which lengths are in use, by country code (ITU-T E.164 and the national numbering plans).

// Digits after the country code; a country that isn't here has 7 to 12.
const LENGTHS: Record<string, readonly [least: number, most: number]> = {
  1: [10, 10],
  7: [10, 10],
  20: [8, 10],
  27: [9, 9],
  30: [10, 10],
  31: [9, 9],
  32: [8, 9],
  33: [9, 9],
  34: [9, 9],
  36: [8, 9],
  39: [6, 11],
  40: [9, 9],
  41: [9, 9],
  43: [7, 13],
  44: [9, 10],
  45: [8, 8],
  46: [7, 10],
  47: [8, 8],
  48: [9, 9],
  49: [7, 12],
  51: [8, 9],
  52: [10, 11],
  54: [10, 11],
  55: [10, 11],
  56: [9, 9],
  57: [8, 10],
  60: [8, 10],
  61: [9, 9],
  62: [8, 12],
  63: [8, 10],
  64: [8, 10],
  65: [8, 8],
  66: [8, 9],
  81: [9, 10],
  82: [8, 10],
  84: [9, 10],
  86: [10, 11],
  90: [10, 10],
  91: [10, 10],
  92: [9, 10],
  94: [9, 9],
  98: [10, 10],
  351: [9, 9],
  352: [6, 11],
  353: [7, 9],
  358: [6, 12],
  380: [9, 9],
  420: [9, 9],
  852: [8, 8],
  886: [8, 9],
  966: [9, 9],
  971: [8, 9],
  972: [8, 9],
}

const DATE = /^\(?(?:[0-3]?\d[./ -][01]?\d[./ -](?:19|20)\d\d)(?!\d)/

/** Whether a text of the phone grammar has as many digits as a number of its kind, and isn't a date. */
export function isPhoneNumber(text: string): boolean {
  const bare = text.replace(/ ?(?:x|ext\.?) ?\d+$/, '')
  if (DATE.test(bare)) return false
  const digits = bare.replace(/\D/g, '')
  if ('01234567890'.includes(digits)) return false
  if (text.startsWith('+')) return isInternational(digits)
  if (digits.startsWith('00')) return isInternational(digits.slice(2))
  if (digits.startsWith('0')) return digits.length >= 9 && digits.length <= 12
  return digits.length >= 10 && digits.length <= 13
}

function isInternational(digits: string): boolean {
  for (const length of [1, 2, 3]) {
    const range = LENGTHS[digits.slice(0, length)]
    if (!range) continue
    // Many write the trunk prefix too: +44 (0)20 …
    const rest = digits.slice(length).replace(/^0/, '')
    const exact = digits.length - length
    return [rest.length, exact].some((count) => count >= range[0] && count <= range[1])
  }
  return digits.length >= 9 && digits.length <= 15
}
