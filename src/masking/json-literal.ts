// The characters of JSON's grammar: what numbers, literals, white space and punctuation are (RFC 8259, sections 2, 3 and 6).

const WORDS = ['true', 'false', 'null']
// What a number is in (in capitals; a word is in its own beginning), and what that becomes with the next unit.
const STEPS: Record<string, Record<string, string>> = {
  '': { '-': 'MINUS', '0': 'ZERO', digit: 'INTEGER' },
  MINUS: { '0': 'ZERO', digit: 'INTEGER' },
  ZERO: { '.': 'POINT', e: 'E' },
  INTEGER: { '0': 'INTEGER', digit: 'INTEGER', '.': 'POINT', e: 'E' },
  POINT: { '0': 'FRACTION', digit: 'FRACTION' },
  FRACTION: { '0': 'FRACTION', digit: 'FRACTION', e: 'E' },
  E: { '+': 'SIGN', '-': 'SIGN', '0': 'EXPONENT', digit: 'EXPONENT' },
  SIGN: { '0': 'EXPONENT', digit: 'EXPONENT' },
  EXPONENT: { '0': 'EXPONENT', digit: 'EXPONENT' },
}
const WHOLE = new Set([...WORDS, 'ZERO', 'INTEGER', 'FRACTION', 'EXPONENT'])

/** The state of a number or literal after its next unit, from '' on; undefined: none goes on so. */
export function literalAfter(state: string, unit: string): string | undefined {
  const next = STEPS[state]?.[kindOf(unit)]
  if (next) return next
  const word = state + unit
  return WORDS.some((whole) => whole.startsWith(word)) ? word : undefined
}

/** Whether a number or literal may end in this state. */
export function isWholeLiteral(state: string): boolean {
  return WHOLE.has(state)
}

function kindOf(unit: string): string {
  if (unit >= '1' && unit <= '9') return 'digit'
  if (unit === 'e' || unit === 'E') return 'e'
  return '0+-.'.includes(unit) ? unit : 'other'
}

export function isSpace(unit: string): boolean {
  return unit === ' ' || unit === '\n' || unit === '\r' || unit === '\t'
}

export function isStructural(unit: string): boolean {
  return '{}[]:,"'.includes(unit)
}
