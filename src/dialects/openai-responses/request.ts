// A Responses request: its text, its structure, and what it asks for.
import { invalid, requestObject } from '../bodies.ts'
import { collect, encodePieces, renamed } from '../collect.ts'
import type { RequestReading } from '../dialect.ts'
import { isThere, isTrue, member, stringOf, type JsonObject, type Splice } from '../json.ts'
import { isKnownKey, refuseAlmostKnown, requestPlace } from './keys.ts'
import { beyondAsked, opaqueAsked, opaqueParts } from './opaque.ts'

export function readRequest(body: string): RequestReading {
  const root = requestObject(body)
  refuseAlmostKnown(root)
  const model = stringOf(member(root, 'model'))
  if (model === undefined || model === '') throw invalid('"model" must be a string.')
  const input = member(root, 'input')
  const isList = input?.kind === 'array' && input.items.every((item) => item.kind === 'object')
  if (isThere(input) && input.kind !== 'string' && !isList) {
    throw invalid('"input" must be a string or a list of objects.')
  }
  const stream = member(root, 'stream')
  if (stream && stream.kind !== 'literal') throw invalid('"stream" must be true or false.')
  const { pieces, structure } = collect(root, body, requestPlace, isKnownKey)
  return {
    model,
    stream: isTrue(stream),
    wants: [],
    pieces,
    structure: structure.join('\0'),
    opaque: opaqueParts(root),
    opaqueReply: opaqueAsked(root, body),
    beyond: beyondAsked(root),
    encode: (texts, upstreamModel) =>
      encodePieces(body, pieces, texts, [...renamed(root, upstreamModel), ...unstored(root)]),
  }
}

/** Responses are kept by default, for anyone who knows their id; the gateway asks for none to be kept. */
function unstored(root: JsonObject): Splice[] {
  const store = member(root, 'store')
  if (store) return [{ start: store.start, end: store.end, text: 'false' }]
  const at = root.start + 1
  return [{ start: at, end: at, text: '"store":false,' }]
}
