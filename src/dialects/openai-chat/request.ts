// A chat completion request: its text, its structure, and what it holds or asks for that can't be inspected.
import { invalid, requestObject } from '../bodies.ts'
import { collect, encodePieces, renamed } from '../collect.ts'
import type { RequestReading } from '../dialect.ts'
import { isTrue, member, stringOf, type JsonNode, type Splice } from '../json.ts'
import { isKnownKey, refuseAlmostKnown, requestPlace } from './keys.ts'
import { beyondAsked, opaqueAsked, opaqueParts } from './opaque.ts'

export function readRequest(body: string): RequestReading {
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
  const streamed = isTrue(stream)
  const { pieces, structure } = collect(root, body, requestPlace, isKnownKey)

  return {
    model,
    stream: streamed,
    wants: asksForUsage(root) ? [USAGE] : [],
    pieces,
    structure: structure.join('\0'),
    opaque: opaqueParts(root),
    opaqueReply: opaqueAsked(root, body),
    beyond: beyondAsked(root),
    encode: (texts, upstreamModel) =>
      encodePieces(body, pieces, texts, [
        ...renamed(root, upstreamModel),
        ...(streamed ? askForUsage(root) : []),
      ]),
  }
}

/** The stream's last chunk, with the token counts. */
export const USAGE = 'usage'

function asksForUsage(root: JsonNode): boolean {
  return isTrue(member(member(root, 'stream_options'), 'include_usage'))
}

/** The gateway always wants the token counts of a stream; a chunk that the caller did not ask for is dropped later. */
function askForUsage(root: JsonNode): Splice[] {
  const options = member(root, 'stream_options')
  if (options === undefined) {
    const at = root.start + 1
    return [{ start: at, end: at, text: '"stream_options":{"include_usage":true},' }]
  }
  if (options.kind !== 'object') {
    return [{ start: options.start, end: options.end, text: '{"include_usage":true}' }]
  }
  const asked = member(options, 'include_usage')
  if (asked) return [{ start: asked.start, end: asked.end, text: 'true' }]
  const at = options.start + 1
  return [{ start: at, end: at, text: `"include_usage":true${options.members.length > 0 ? ',' : ''}` }]
}
