// Reads the notation of regular expressions that automata can run (a subset of ECMA-262 §22.2.1) into a tree.
import { SluiceError } from '../base/errors.ts'
import { folded } from './case.ts'
import { complement, intersection, union, type UnitSet } from './units.ts'

export type Tree =
  | { readonly kind: 'units'; readonly set: UnitSet }
  | { readonly kind: 'sequence'; readonly items: readonly Tree[] }
  | { readonly kind: 'choice'; readonly items: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly item: Tree; readonly min: number; readonly max: number }

const DIGIT: UnitSet = [[0x30, 0x39]]
const WORD: UnitSet = union(DIGIT, [[0x41, 0x5a]], [[0x5f, 0x5f]], [[0x61, 0x7a]])
const SPACE: UnitSet = union(
  [[0x09, 0x0d]],
  [[0x20, 0x20]],
  [[0xa0, 0xa0]],
  [[0x1680, 0x1680]],
  [[0x2000, 0x200a]],
  [[0x2028, 0x2029]],
  [[0x202f, 0x202f]],
  [[0x205f, 0x205f]],
  [[0x3000, 0x3000]],
  [[0xfeff, 0xfeff]],
)
const LINE_ENDS: UnitSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]
const HIGH: UnitSet = [[0xd800, 0xdbff]]
const LOW: UnitSet = [[0xdc00, 0xdfff]]
const HALVES = union(HIGH, LOW)
const CONTROLS: Record<string, number> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d }
const COUNTED = /\{(\d+)(,?)(\d*)\}/y
const BRACKET = /\[(?:[^\]\\]|\\[^])*\]/y
/** By flags and notation: sets that were read, since many patterns have the same ones. */
const brackets = new Map<string, UnitSet>()
/** Deeper groups would be read by more recursion than there may be room for. */
const DEEPEST = 200
const SETS: Record<string, UnitSet> = {
  d: DIGIT,
  D: complement(DIGIT),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
}

/**
 * The tree of an expression. With the flag u it reads whole characters, as ECMA-262 says, save that half of a surrogate
 * pair is none; with i besides, letters of either case. Throws ERR_CONFIG, naming the offset, for what has no meaning in an
 * automaton.
 */
export function parse(expression: RegExp): Tree {
  const { source, flags } = expression
  let at = 0
  let depth = 0

  if (!['', 'u', 'iu'].includes(flags)) refuse(`the flags "${flags}" are`)
  const tree = choice()
  if (at < source.length) refuse('an unmatched ")" is')
  return tree

  function choice(): Tree {
    const items = [sequence()]
    while (source[at] === '|') {
      at++
      items.push(sequence())
    }
    return items.length === 1 ? (items[0] as Tree) : { kind: 'choice', items }
  }

  function sequence(): Tree {
    const items: Tree[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') items.push(repeated())
    return { kind: 'sequence', items }
  }

  function repeated(): Tree {
    const item = atom()
    const bounds = quantifier()
    if (!bounds) return item
    if (source[at] === '?') refuse('a lazy quantifier is')
    return { kind: 'repeat', item, ...bounds }
  }

  function quantifier(): { min: number; max: number } | undefined {
    const unit = source[at] as string
    if (unit === '*' || unit === '+' || unit === '?') {
      at++
      return { min: Number(unit === '+'), max: unit === '?' ? 1 : Infinity }
    }
    COUNTED.lastIndex = at
    const counted = unit === '{' ? COUNTED.exec(source) : null
    if (!counted) return undefined
    at += counted[0].length
    const min = Number(counted[1])
    return { min, max: counted[2] === '' ? min : counted[3] === '' ? Infinity : Number(counted[3]) }
  }

  function atom(): Tree {
    const unit = source[at] as string
    if (unit === '(') return group()
    if (unit === '[') return characters(bracket())
    if (unit === '^' || unit === '$') refuse('an anchor is')
    at++
    if (unit === '.') return characters(complement(LINE_ENDS))
    if (unit === '\\') return characters(escape())
    const low = source.charCodeAt(at)
    if (!flags.includes('u') || !/[\ud800-\udbff]/.test(unit)) return characters(one(unit.charCodeAt(0)))
    at++
    return pair(one(unit.charCodeAt(0)), one(low))
  }

  // What reads a character of the set: halves of surrogate pairs only in pairs, where the flag u asks for characters.
  function characters(set: UnitSet): Tree {
    const cased = inAnyCase(set)
    if (!flags.includes('u')) return { kind: 'units', set: cased }
    const halves = intersection(cased, HALVES)
    if (halves.length === 0) return { kind: 'units', set: cased }
    if (halves.length > 1 || halves[0]?.[0] !== 0xd800 || halves[0][1] !== 0xdfff) {
      refuse('a character beyond U+FFFF in a class is')
    }
    return {
      kind: 'choice',
      items: [{ kind: 'units', set: intersection(cased, complement(HALVES)) }, pair(HIGH, LOW)],
    }
  }

  function inAnyCase(set: UnitSet): UnitSet {
    return flags.includes('i') ? folded(set, flags) : set
  }

  function pair(high: UnitSet, low: UnitSet): Tree {
    return {
      kind: 'sequence',
      items: [
        { kind: 'units', set: high },
        { kind: 'units', set: low },
      ],
    }
  }

  function group(): Tree {
    if (source.startsWith('(?:', at)) at += 3
    else if (/^\(\?<?[=!]/.test(source.slice(at, at + 4))) refuse('lookaround is')
    else if (source.startsWith('(?', at)) refuse('a group that is named or has flags is')
    else at++
    if (++depth > DEEPEST) refuse(`a group in more than ${DEEPEST} others is`)
    const tree = choice()
    if (source[at] !== ')') refuse('an unmatched "(" is')
    at++
    depth--
    return tree
  }

  function bracket(): UnitSet {
    const start = at
    BRACKET.lastIndex = at
    const key = `${flags}${BRACKET.exec(source)?.[0] ?? ''}`
    const known = brackets.get(key)
    if (known) {
      at += key.length - flags.length
      return known
    }
    at++
    const negated = source[at] === '^'
    if (negated) at++
    let set: UnitSet = []
    while (source[at] !== ']') {
      const from = member()
      if (source[at] !== '-' || source[at + 1] === ']') {
        set = union(set, from)
        continue
      }
      at++
      set = union(set, [[from[0]?.[0] as number, member()[0]?.[1] as number]])
    }
    at++
    const whole = negated ? complement(inAnyCase(set)) : set
    brackets.set(`${flags}${source.slice(start, at)}`, whole)
    return whole
  }

  function member(): UnitSet {
    const unit = source[at++] as string
    return unit === '\\' ? escape() : one(unit.charCodeAt(0))
  }

  function escape(): UnitSet {
    const letter = source[at++] as string
    const set = SETS[letter]
    // No letter of what is left out, in whatever case (ECMA-262 section 22.2.2.9.3).
    if (set) return /[DSW]/.test(letter) ? complement(inAnyCase(complement(set))) : set
    const control = CONTROLS[letter]
    if (control !== undefined) return one(control)
    if (letter === 'u' || letter === 'x') {
      const digits = letter === 'u' ? 4 : 2
      at += digits
      return one(Number.parseInt(source.slice(at - digits, at), 16))
    }
    if (/[A-Za-z0-9]/.test(letter)) refuse(`the escape "\\${letter}" is`, at - 2)
    return one(letter.charCodeAt(0))
  }

  function refuse(what: string, offset = at): never {
    throw new SluiceError('ERR_CONFIG', `The pattern can't be used: ${what} not supported (at ${offset}).`, {
      nextSteps: ['Use literals, classes, groups, alternatives and greedy quantifiers.'],
    })
  }
}

/** The set of a tree that reads one unit; undefined: it reads more. */
export function unitsOf(tree: Tree): UnitSet | undefined {
  if (tree.kind === 'sequence') return tree.items.length === 1 ? unitsOf(tree.items[0] as Tree) : undefined
  if (tree.kind === 'choice' && tree.items.length === 1) return unitsOf(tree.items[0] as Tree)
  return tree.kind === 'units' ? tree.set : undefined
}

const ones: UnitSet[] = []

function one(unit: number): UnitSet {
  return (ones[unit] ??= [[unit, unit]])
}
