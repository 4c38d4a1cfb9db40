// Walks a JSON document and sorts every string and key of it: text that may be rewritten, or structure that may not.
import type { Channel } from '../terms/channel.ts'
import type { Piece } from './dialect.ts'
import type { JsonNode } from './json.ts'
import { splice } from './json.ts'

/** Where a string belongs; `path` is made of keys and positions, such as `messages/0/content`. */
export type Place = Channel | 'structure'

export interface Collected {
  readonly pieces: Piece[]
  readonly structure: string[]
}

/** Collects every string leaf and key below `node`. Known keys (`isKnownKey`) hold no secret and are left out. */
export function collect(
  node: JsonNode,
  path: string,
  placeOf: (path: string, text: string) => Place,
  isKnownKey: (key: string) => boolean,
  into: Collected = { pieces: [], structure: [] },
): Collected {
  switch (node.kind) {
    case 'string': {
      const place = placeOf(path, node.value)
      if (place === 'structure') into.structure.push(node.value)
      else into.pieces.push({ channel: place, text: node.value, start: node.start, end: node.end })
      break
    }
    case 'array':
      node.items.forEach((item, index) => collect(item, `${path}/${index}`, placeOf, isKnownKey, into))
      break
    case 'object':
      for (const { key, value } of node.members) {
        if (!isKnownKey(key.value)) into.structure.push(key.value)
        collect(value, path === '' ? key.value : `${path}/${key.value}`, placeOf, isKnownKey, into)
      }
      break
    case 'number':
    case 'literal':
      break
  }
  return into
}

/** The document with the strings of some pieces replaced; everything else keeps its bytes. */
export function encodePieces(
  body: string,
  pieces: readonly Piece[],
  texts: ReadonlyMap<number, string>,
): string {
  if (texts.size === 0) return body
  return splice(
    body,
    [...texts].map(([index, text]) => {
      const piece = pieces[index] as Piece
      return { start: piece.start, end: piece.end, text: JSON.stringify(text) }
    }),
  )
}
