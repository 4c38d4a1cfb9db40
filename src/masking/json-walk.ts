// The quick walk over JSON: whole tokens in which nothing is to be done. Most tokens are such.
import { LONGEST_BARE } from './json-bare.ts'
import { isSpace, isStructural } from './json-literal.ts'
import type { JsonStructure } from './json-structure.ts'
import type { JsonTexts } from './json-texts.ts'

/** A number or literal that stands before a structural character, which says that it is whole. */
const WHOLE = /(-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)[ \n\r\t]*(?=[,\]}])/y

/**
 * Reads a text from index `i` on, between tokens; returns the index from which on it must be read with care. Invariant: to read
 * with care what it has walked over comes to the same, with nothing found.
 */
export function walk(structure: JsonStructure, texts: JsonTexts, text: string, i: number): number {
  for (let next = i; i < text.length; i = next) {
    const unit = text[i] as string
    if (unit === '"') next = overString(structure, texts, text, i)
    else if (isSpace(unit) || structure.punctuation(unit)) next++
    else if (structure.wantsValue && !isStructural(unit)) next = overBare(structure, texts, text, i)
    if (next === i) break
  }
  return i
}

// Each returns the index after the string or number at `i`, or `i`.
function overString(structure: JsonStructure, texts: JsonTexts, text: string, i: number): number {
  const from = i + 1
  const end = text.indexOf('"', from)
  // Nothing, JSON, and white space that may stand before it.
  if (end <= from || ' \n\r\t{['.includes(text[from] as string)) return i
  if (structure.wantsKey) {
    const key = text.slice(from, end)
    if (structure.leftKeys?.isTaken(key) || !texts.isPlain('', text, from, end)) return i
    structure.string()
    structure.leftKeys?.suffix(key, key)
    structure.key = key
    return end + 1
  }
  if (structure.field || !texts.isPlain(structure.context('"'), text, from, end)) return i
  return structure.value() ? end + 1 : i
}

function overBare(structure: JsonStructure, texts: JsonTexts, text: string, i: number): number {
  WHOLE.lastIndex = i
  const [whole = '', literal = ''] = WHOLE.exec(text) ?? []
  const end = i + whole.length
  if (whole === '' || whole.length > LONGEST_BARE || !structure.mayFollow(text[end] as string)) return i
  if (structure.field || !texts.isPlain(structure.context(''), text, i, i + literal.length)) return i
  return structure.value() ? end : i
}
