// Secrets without a format: what a generator made has no words in it, and changes between letters, digits and cases.
import { isVaried } from './variety.ts'

/** A stand-in is at least so large a part of what it stands for. */
const STAND_IN_PART = 1 / 5
const STAND_IN = /example|change_?me|placeholder|redacted|dummy|your[_-]?|insert[_-]|replace|sample|todo/i
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
// One name in code: words without spaces, abbreviations around them.
const NAME = /^[A-Z]{0,5}[a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,5}$/
const WORD = /[A-Z]?[a-z]{3,}|[A-Z]{4,}/g
const VOWEL = new Uint8Array(128)
for (const vowel of 'aeiouyAEIOUY') VOWEL[vowel.charCodeAt(0)] = 1
/** By ASCII character: a digit, a small letter, a capital, or none of them. */
const [OTHER, DIGIT, SMALL, CAPITAL] = [0, 1, 2, 3] as const
const KIND = Uint8Array.from({ length: 128 }, (_, unit) => {
  const sign = String.fromCharCode(unit)
  return /[0-9]/.test(sign) ? DIGIT : /[a-z]/.test(sign) ? SMALL : /[A-Z]/.test(sign) ? CAPITAL : OTHER
})
const CONSONANTS = /[^aeiouy]{5}/i

/** Whether a text looks made by a generator, and not like words, a number, a path, a version or a stand-in. */
export function isSecret(text: string): boolean {
  if (!isVaried(text)) return false
  const standIn = STAND_IN.exec(text)?.[0].length ?? 0
  if (standIn > text.length * STAND_IN_PART) return false
  if (UUID.test(text)) return true
  if (/^[\d.-]+$/.test(text)) return /^\d{15,}$/.test(text)
  if (NAME.test(text)) return false
  const { digits, cases } = changesIn(text)
  const words = wordShare(text)
  if (digits >= 3) return words <= 0.6
  if (digits + cases >= text.length / 3) return words <= 0.5
  return text.length >= 20 && words <= (/\d/.test(text) ? 0.4 : 0.2)
}

// How often letters and digits follow each other, and letters of the other case.
function changesIn(text: string): { digits: number; cases: number } {
  let digits = 0
  let cases = 0
  let before: number = OTHER
  for (let i = 0; i < text.length; i++) {
    const kind = KIND[text.charCodeAt(i)] ?? OTHER
    if (kind !== before && kind !== OTHER && before !== OTHER) {
      if (kind === DIGIT || before === DIGIT) digits++
      else cases++
    }
    before = kind
  }
  return { digits, cases }
}

// The share of a text’s characters that are part of what could be words.
function wordShare(text: string): number {
  const words = text.match(WORD)?.filter((run) => {
    let vowels = 0
    for (let i = 0; i < run.length; i++) vowels += VOWEL[run.charCodeAt(i)] as number
    return vowels >= run.length / 6 && vowels <= (3 * run.length) / 4 && !CONSONANTS.test(run)
  })
  return (words?.join('').length ?? 0) / text.length
}
