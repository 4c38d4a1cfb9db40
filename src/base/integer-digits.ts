// What a JSON number (RFC 8259 §6) says, however it is spelled.

/** No detector knows a number of more digits. */
const MOST_DIGITS = 64

/** The digits of a number before its point, its exponent worked out: `4.2e1` is 42; '' where there are none, or too many. */
export function integerDigits(number: string): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? []
  const length = whole.length + Number(exponent)
  if (length <= 0 || length > MOST_DIGITS) return ''
  return `${whole}${fraction}`.slice(0, length).padEnd(length, '0').replace(/^0+/, '')
}
