// Walks a JSON document and sorts every string and key of it: text that may be rewritten, or structure that may not.
import { integerDigits } from '../base/integer-digits.ts'
import type { Channel } from '../terms/channel.ts'
import type { Piece } from './dialect.ts'
import type { JsonNode, JsonString } from './json.ts'
import { member, splice, type Splice } from './json.ts'

/** Where a string or number belongs: to a channel, to what is never rewritten, to counts and parameters, or nowhere. */
export type Place = Channel | 'structure' | 'count' | 'none'

/** `path` is made of keys and positions, such as `messages/0/content`; a `/` in a key is spelled `~1` (RFC 6901). */
export type PlaceOf = (path: string, isNumber: boolean) => Place

export interface Collected {
  readonly pieces: Piece[]
  readonly structure: string[]
}

/**
 * Collects every string, number and key of `body`. Known keys (`isKnownKey`) hold no secret and are left out. Objects
 * whose path fits `jsonAt` are one text each, keys and numbers with it.
 */
export function collect(
  root: JsonNode,
  body: string,
  placeOf: PlaceOf,
  isKnownKey: (key: string) => boolean,
  jsonAt?: RegExp,
): Collected {
  const pieces: Piece[] = []
  const structure: string[] = []
  const visit = (node: JsonNode, path: string): void => {
    switch (node.kind) {
      case 'string': {
        const place = placeOf(path, false)
        if (place === 'structure') structure.push(node.value)
        else if (typeof place !== 'string') {
          pieces.push({ channel: place, text: node.value, start: node.start, end: node.end })
        }
        break
      }
      case 'number': {
        const length = node.end - node.start
        if (length < SHORTEST_VALUE) break
        const place = placeOf(path, true)
        const number = body.slice(node.start, node.end)
        if (place === 'structure') structure.push(number)
        else if (place !== 'count') break
        const digits = integerDigits(number)
        if (digits.length > LONGEST_COUNT && (place === 'count' || digits !== number)) structure.push(digits)
        break
      }
      case 'array':
        node.items.forEach((item, index) => visit(item, `${path}/${index}`))
        break
      case 'object':
        if (jsonAt?.test(path)) {
          const place = placeOf(path, false)
          if (typeof place === 'string') throw new TypeError('JSON that is no text')
          const { start, end } = node
          const channel = { key: place.key, kind: 'json' } as const
          if (node.members.length > 0)
            pieces.push({ channel, text: body.slice(start, end), start, end, isJson: true })
          break
        }
        for (const { key, value } of node.members) {
          if (!isKnownKey(key.value)) structure.push(key.value)
          visit(value, path === '' ? segment(key) : `${path}/${segment(key)}`)
        }
        break
      case 'literal':
        break
    }
  }
  visit(root, '')
  return { pieces, structure }
}

/** A number shorter than this holds no value that a detector knows. */
const SHORTEST_VALUE = 7
/** What counts tokens, seconds or nanoseconds has no more digits; what has more could be a value. */
const LONGEST_COUNT = 12
const LONGEST_SEGMENT = 48

/** A key's part of a path; a long one is named by its offset, so that paths stay short. */
function segment({ value, start }: JsonString): string {
  if (value.length > LONGEST_SEGMENT) return `~${start}`
  return value.includes('/') ? value.replaceAll('/', '~1') : value
}

/** The document with the strings of some pieces replaced, and `more`; everything else keeps its bytes. */
export function encodePieces(
  body: string,
  pieces: readonly Piece[],
  texts: ReadonlyMap<number, string>,
  more: readonly Splice[] = [],
): string {
  if (texts.size === 0 && more.length === 0) return body
  const changed = [...texts].map(([index, text]) => {
    const piece = pieces[index] as Piece
    return { start: piece.start, end: piece.end, text: piece.isJson ? text : JSON.stringify(text) }
  })
  return splice(body, [...changed, ...more])
}

/** The splice that gives a request's model the name that the model server knows; none where that is the same. */
export function renamed(root: JsonNode, model: string | undefined): Splice[] {
  const named = member(root, 'model')
  if (model === undefined || !named) return []
  return [{ start: named.start, end: named.end, text: JSON.stringify(model) }]
}
