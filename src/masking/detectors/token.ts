// What rows of tokens have in common. A token is told by its prefix, its length and its characters; what fills up
// documentation (`ghp_xxxx…`) is none. Checksums inside of tokens are not asked for: one with a wrong letter still shows
// all others.
import { isVaried, lastVaried } from '../checks/variety.ts'
import type { Detector } from '../detector.ts'

/** A row of a table of tokens. */
export interface TokenRow {
  readonly name: string
  readonly grammar: RegExp
  /** Whether its length is open, as `open` says: then it is certain, and leaves, once it is long enough. */
  readonly open?: boolean
  /** What it never begins right after, beside the middle of a word. */
  readonly notAfter?: RegExp
  /** What it never ends right before, instead of a letter or a digit. */
  readonly notBefore?: RegExp
  /** Which part of it must look random: all of it, unless this says so. */
  readonly random?: (text: string) => string
  readonly source: string
  readonly found: string
  readonly nearMiss: string
}

// After `\n` spelled out, as in text that is quoted, begins a word.
const NOT_AFTER = /[A-Za-mo-qsu-z0-9]|[^\\][nrt]/
const LETTER = /[A-Za-z0-9]/

/** Tokens of the family `secrets`: they neither begin nor end in the middle of a word. */
export function tokens(rows: readonly TokenRow[]): readonly Detector[] {
  return rows.map(({ grammar, open, notAfter, notBefore = LETTER, random, ...row }) => ({
    ...row,
    placeholder: `[${row.name.toUpperCase().replaceAll('-', '_')}]`,
    family: 'secrets',
    forms: [
      { grammar, notAfter: notAfter ? new RegExp(`${NOT_AFTER.source}|${notAfter.source}`) : NOT_AFTER },
    ],
    ...(open
      ? {}
      : random
        ? { notBefore, check: (text: string) => isVaried(random(text)) }
        : { notBefore, check: isVaried, lastValid: lastVaried }),
    score: 1,
  }))
}

/** So many of a class of characters, or more, that don't begin with `xxx`, in whatever case. */
export function atLeast(least: number, characters: string): string {
  const other = characters.replace('A-Z', 'A-WYZ').replace('a-z', 'a-wyz')
  const after = (count: number): string => `[xX]{${count}}${other}${characters}{${least - count - 1},}`
  return `(?:${after(0)}|${after(1)}|${after(2)})`
}
