// A Messages request, or one to count its tokens: its text, its structure, and what it asks for.
import { invalid, requestObject } from '../bodies.ts'
import { collect, encodePieces, renamed } from '../collect.ts'
import type { CallerHeaders, RequestReading } from '../dialect.ts'
import { isTrue, member, stringOf } from '../json.ts'
import { INPUT, isKnownKey, refuseAlmostKnown, requestPlace } from './keys.ts'
import { beyondAsked, opaqueParts } from './opaque.ts'

export function readRequest(body: string, headers: CallerHeaders): RequestReading {
  const root = requestObject(body)
  refuseAlmostKnown(root)
  const model = stringOf(member(root, 'model'))
  if (model === undefined || model === '') throw invalid('"model" must be a string.')
  const messages = member(root, 'messages')
  if (messages?.kind !== 'array' || messages.items.some((item) => item.kind !== 'object')) {
    throw invalid('"messages" must be a list of objects.')
  }
  const stream = member(root, 'stream')
  if (stream && stream.kind !== 'literal') throw invalid('"stream" must be true or false.')
  const { pieces, structure } = collect(root, body, requestPlace, isKnownKey, INPUT)
  return {
    model,
    stream: isTrue(stream),
    wants: [],
    pieces,
    structure: [...structure, ...Object.values(headers)].join('\0'),
    opaque: opaqueParts(root),
    opaqueReply: [],
    beyond: beyondAsked(root),
    encode: (texts, upstreamModel) => encodePieces(body, pieces, texts, renamed(root, upstreamModel)),
  }
}
