// What a company looks for itself: patterns in a subset of RE2's notation, and lists of words.
import { SluiceError } from '../base/errors.ts'
import type { Detector, Form } from './detector.ts'
import { Positions } from './positions.ts'
import { parse, unitsOf, type Tree } from './syntax.ts'
import { complement, intersection, type UnitSet } from './units.ts'

/** A custom detector's name, and what it leaves. */
export interface Custom {
  readonly name: string
  /** By default the name in capitals, in brackets. */
  readonly placeholder?: string
  /** Letters of either case. */
  readonly ignoreCase?: boolean
  /** What a value of a pattern begins right after, and what it never begins right after: patterns, too. */
  readonly after?: string
  readonly notAfter?: string
}

const LONGEST_ENTRY = 200
/** So many places where a pattern reads a character, its repetitions written out. */
const MOST_PLACES = 8192
const WORD = /[0-9A-Za-z_\u00c0-\u024f\u0370-\u052f]/

/**
 * A detector of what a pattern matches: literals, classes, groups, alternatives and greedy quantifiers; `\b` at its
 * beginning and end. Throws ERR_CONFIG for anything else, and, once an engine is made of it, for what could be longer than
 * 1,024 code units, unless it begins with `commit`: a text that proves the value, so that the rest needn't wait.
 */
export function customPattern(custom: Custom, pattern: string, commit?: string): Detector {
  const { after, notAfter } = custom
  const begins = pattern.startsWith('\\b')
  const ends = /(?:^|[^\\])(?:\\\\)*\\b$/.test(pattern) && pattern.length > 2
  const grammar = expression(custom, pattern.slice(begins ? 2 : 0, ends ? -2 : undefined))
  if (begins || ends) assertWords(custom, grammar, begins, ends)
  const never = [...(begins ? [WORD.source] : []), ...(notAfter === undefined ? [] : [`(?:${notAfter})`])]
  const form = {
    grammar,
    ...(after !== undefined && { after: context(custom, after) }),
    ...(never.length > 0 && { notAfter: context(custom, never.join('|')) }),
  }
  return detectorOf(custom, form, ends, commit)
}

function context(custom: Custom, pattern: string): RegExp {
  const read = expression(custom, pattern)
  if (new Positions().add(parse(read)).nullable) throw refused(custom, 'matches the empty text')
  return read
}

// A boundary only means what it seems to where a word begins or ends at it, whichever alternative matches.
function assertWords(custom: Custom, grammar: RegExp, begins: boolean, ends: boolean): void {
  const tree = parse(grammar)
  if (tree.kind === 'choice') throw refused(custom, 'has alternatives beside a "\\b": put them into a group')
  const positions = new Positions()
  const { first, last } = positions.add(tree)
  const edges = [...(begins ? first : []), ...(ends ? last : [])]
  const others = complement(unitsOf(parse(/\w/)) as UnitSet)
  if (
    edges.some(
      (at) => intersection(positions.sets[positions.setOf[at] as number] as UnitSet, others).length > 0,
    )
  ) {
    throw refused(custom, 'has a "\\b" beside what is not a letter, a digit or "_"')
  }
}

/** A detector of words and phrases as they are written, between boundaries of words. */
export function dictionary(custom: Custom, entries: readonly string[]): Detector {
  const words = [...new Set(entries.map((entry) => entry.trim()))].filter((entry) => entry !== '')
  const bad = (why: string): SluiceError =>
    new SluiceError('ERR_CONFIG', `The list of "${custom.name}" ${why}.`)
  if (words.length === 0) throw bad('has no entries')
  if (words.some((word) => word.length > LONGEST_ENTRY)) {
    throw bad(`has an entry of more than ${LONGEST_ENTRY} characters`)
  }
  const literals = words.map((word) =>
    word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s+/g, '[ \\t\\n\\r\\u00a0]{1,4}'),
  )
  const grammar = compiled(custom, literals.join('|'))
  return { ...detectorOf(custom, { grammar, notAfter: WORD }, true), literal: true }
}

/** A detector of what stands under keys of JSON, or under the ends of paths of them: see fields.ts. */
export function jsonFields(custom: Custom, fields: readonly string[]): Detector {
  return { ...detectorOf(custom, undefined, false), fields }
}

function detectorOf(
  { name, placeholder }: Custom,
  form: Form | undefined,
  ends: boolean,
  commit?: string,
): Detector {
  return {
    name,
    placeholder: placeholder ?? `[${name.toUpperCase().replaceAll('-', '_')}]`,
    family: 'secrets',
    forms: form ? [form] : [],
    ...(ends ? { notBefore: WORD } : {}),
    ...(commit === undefined ? {} : { commit }),
    score: 1,
    source: 'policy',
    found: '',
    nearMiss: '',
  }
}

// Repetitions are written out when an automaton is made: a pattern mustn't say in ten characters what fills the memory.
function expression(custom: Custom, pattern: string): RegExp {
  const grammar = compiled(custom, pattern)
  if (placesOf(parse(grammar)) > MOST_PLACES) {
    throw refused(custom, `is longer than ${MOST_PLACES} characters, its repetitions written out`)
  }
  return grammar
}

function placesOf(tree: Tree): number {
  if (tree.kind === 'units') return 1
  if (tree.kind === 'repeat') {
    return placesOf(tree.item) * Math.max(1, Number.isFinite(tree.max) ? tree.max : tree.min + 1)
  }
  return tree.items.reduce((sum, item) => sum + placesOf(item), 0)
}

function compiled(custom: Custom, pattern: string): RegExp {
  if (/\[\[?:/.test(pattern)) throw refused(custom, 'names a class as POSIX does')
  try {
    return new RegExp(pattern, custom.ignoreCase ? 'iu' : 'u')
  } catch (cause) {
    throw refused(custom, `is no regular expression: ${reasonOf(cause)}`, cause)
  }
}

// `Invalid regular expression: /(a/u: Unterminated group`
function reasonOf(cause: unknown): string {
  return String(cause).split(': ').at(-1)?.toLowerCase() ?? ''
}

function refused({ name }: Custom, why: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_CONFIG', `The pattern of "${name}" ${why}.`, {
    nextSteps: ['Use literals, classes, groups, alternatives and greedy quantifiers.'],
    ...(cause === undefined ? {} : { cause }),
  })
}
