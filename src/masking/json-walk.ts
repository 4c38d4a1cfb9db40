// The quick walk over JSON: whole tokens in which nothing is to be done. Most tokens are such.
import { LONGEST_BARE } from './json-bare.ts'
import { isSpace, isStructural } from './json-literal.ts'
import type { JsonStructure } from './json-structure.ts'
import { LONGEST, type JsonTexts } from './json-texts.ts'

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
  const end = endOfString(text, i + 1)
  const seen = unescaped(text.slice(i + 1, Math.max(i, end)))
  if (end < 0 || seen === undefined) return i
  if (structure.wantsKey) {
    // An empty key is none that could be taken.
    if (seen === '' || structure.leftKeys?.isTaken(seen) || !texts.isPlain('', seen, 0, seen.length)) return i
    structure.string()
    structure.leftKeys?.suffix(seen, seen)
    structure.key = seen
    return end + 1
  }
  let from = 0
  while (isSpace(seen[from] ?? '')) from++
  if (structure.field || seen[from] === '{' || seen[from] === '[') return i
  return texts.isPlain(structure.context('"'), seen, from, seen.length) && structure.value() ? end + 1 : i
}

// The index of the quote; negative: there is none so near that a glance is enough.
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length && i <= from + LONGEST; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x22) return i
    if (unit === 0x5c) i++
  }
  return -1
}

// Undefined: it can't be read in one go.
function unescaped(raw: string): string | undefined {
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return undefined
  }
}

function overBare(structure: JsonStructure, texts: JsonTexts, text: string, i: number): number {
  WHOLE.lastIndex = i
  const [whole = '', literal = ''] = WHOLE.exec(text) ?? []
  const end = i + whole.length
  if (whole === '' || whole.length > LONGEST_BARE || !structure.mayFollow(text[end] as string)) return i
  if (structure.field || !texts.isPlain(structure.context(''), text, i, i + literal.length)) return i
  return structure.value() ? end : i
}
