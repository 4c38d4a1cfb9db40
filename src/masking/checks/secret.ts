// Secrets without a format: what a generator made has no words in it, and changes between letters, digits and cases.
import { isVaried } from './variety.ts'

/** A stand-in is at least so large a part of what it stands for. */
const STAND_IN_PART = 1 / 5
const STAND_IN = /example|change_?me|placeholder|redacted|dummy|your[_-]?|insert[_-]|replace|sample|todo/i
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
// One name in code: words without spaces, abbreviations around them.
const NAME = /^[A-Z]{0,5}[a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,5}$/
const VOWEL = new Uint8Array(128)
for (const vowel of 'aeiouyAEIOUY') VOWEL[vowel.charCodeAt(0)] = 1
/** By ASCII character: a digit, a small letter, a capital, or none of them. */
const [OTHER, DIGIT, SMALL, CAPITAL] = [0, 1, 2, 3] as const
const KIND = Uint8Array.from({ length: 128 }, (_, unit) => {
  const sign = String.fromCharCode(unit)
  return /[0-9]/.test(sign) ? DIGIT : /[a-z]/.test(sign) ? SMALL : /[A-Z]/.test(sign) ? CAPITAL : OTHER
})
/** In letters: a word of small ones, or of capitals; and so many consonants in a row are none. */
const SHORTEST_SMALL = 3
const SHORTEST_CAPITALS = 4
const CONSONANTS = 5

/** Whether a text looks made by a generator, and not like words, a number, a path, a version or a stand-in. */
export function isSecret(text: string): boolean {
  if (!isVaried(text)) return false
  const standIn = STAND_IN.exec(text)?.[0].length ?? 0
  if (standIn > text.length * STAND_IN_PART) return false
  if (UUID.test(text)) return true
  const { digits, cases, numerals, letters } = kindsIn(text)
  if (letters === 0 && /^[\d.-]+$/.test(text)) return numerals === text.length && numerals >= 15
  if (letters === text.length && NAME.test(text)) return false
  const words = lettersInWords(text) / text.length
  if (digits >= 3) return words <= 0.6
  if (digits + cases >= text.length / 3) return words <= 0.5
  return text.length >= 20 && words <= (numerals > 0 ? 0.4 : 0.2)
}

interface Kinds {
  /** How often letters and digits follow each other, and letters of the other case. */
  digits: number
  cases: number
  /** How many digits there are, and letters. */
  numerals: number
  letters: number
}

function kindsIn(text: string): Kinds {
  const kinds: Kinds = { digits: 0, cases: 0, numerals: 0, letters: 0 }
  let before: number = OTHER
  for (let i = 0; i < text.length; i++) {
    const kind = kindAt(text, i)
    if (kind === DIGIT) kinds.numerals++
    else if (kind !== OTHER) kinds.letters++
    if (kind !== before && kind !== OTHER && before !== OTHER) {
      if (kind === DIGIT || before === DIGIT) kinds.digits++
      else kinds.cases++
    }
    before = kind
  }
  return kinds
}

// How many of a text’s characters are part of what could be words: small letters with a capital before them, or capitals.
function lettersInWords(text: string): number {
  let sum = 0
  for (let i = 0; i < text.length;) {
    const capitals = endOfRun(text, i, CAPITAL)
    if (capitals - i >= SHORTEST_CAPITALS) {
      if (isWord(text, i, capitals)) sum += capitals - i
      i = capitals
      continue
    }
    const end = endOfRun(text, capitals, SMALL)
    const start = capitals === i ? i : capitals - 1
    if (end - capitals >= SHORTEST_SMALL && isWord(text, start, end)) sum += end - start
    i = Math.max(end, i + 1)
  }
  return sum
}

// Whether a run of letters has about as many vowels as words have, and no long row of consonants.
function isWord(text: string, from: number, to: number): boolean {
  let vowels = 0
  let row = 0
  for (let i = from; i < to; i++) {
    if (VOWEL[text.charCodeAt(i)] === 1) {
      vowels++
      row = 0
    } else if (++row === CONSONANTS) return false
  }
  return vowels >= (to - from) / 6 && vowels <= (3 * (to - from)) / 4
}

function endOfRun(text: string, from: number, kind: number): number {
  let end = from
  while (end < text.length && kindAt(text, end) === kind) end++
  return end
}

function kindAt(text: string, i: number): number {
  return KIND[text.charCodeAt(i)] ?? OTHER
}
