// Secrets without a format: what a generator made has no words in it, and changes between letters, digits and cases.
import { isVaried } from './variety.ts'

/** A stand-in is at least so large a part of what it stands for. */
const STAND_IN_PART = 1 / 5
const STAND_IN = /example|change_?me|placeholder|redacted|dummy|your[_-]?|insert[_-]|replace|sample|todo/i
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
// One name in code: words without spaces, abbreviations around them.
const NAME = /^[A-Z]{0,5}[a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,5}$/
const WORD = /[A-Z]?[a-z]{3,}|[A-Z]{4,}/g
const VOWELS = /[aeiouy]/gi
const CONSONANTS = /[^aeiouy]{5}/i

/** Whether a text looks made by a generator, and not like words, a number, a path, a version or a stand-in. */
export function isSecret(text: string): boolean {
  const standIn = STAND_IN.exec(text)?.[0].length ?? 0
  if (!isVaried(text) || standIn > text.length * STAND_IN_PART) return false
  if (UUID.test(text)) return true
  if (/^[\d.-]+$/.test(text)) return /^\d{15,}$/.test(text)
  if (NAME.test(text)) return false
  const digits = changes(text, /\d(?=[A-Za-z])|[A-Za-z](?=\d)/g)
  const cases = changes(text, /[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)
  const words = wordShare(text)
  if (digits >= 3) return words <= 0.6
  if (digits + cases >= text.length / 3) return words <= 0.5
  return text.length >= 20 && words <= (/\d/.test(text) ? 0.4 : 0.2)
}

function changes(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

// The share of a text’s characters that are part of what could be words.
function wordShare(text: string): number {
  const words = text.match(WORD)?.filter((run) => {
    const vowels = changes(run, VOWELS)
    return vowels >= run.length / 6 && vowels <= (3 * run.length) / 4 && !CONSONANTS.test(run)
  })
  return (words?.join('').length ?? 0) / text.length
}
