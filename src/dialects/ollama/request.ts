// A chat or generate request of Ollama's API: it streams unless it says otherwise.
import { invalid, requestObject } from '../bodies.ts'
import { carried, fetched } from '../carriers.ts'
import { collect, encodePieces, renamed } from '../collect.ts'
import type { RequestReading } from '../dialect.ts'
import { integerOf, isEmpty, isThere, member, stringOf, type JsonObject } from '../json.ts'
import { ARGUMENTS, CARRIERS, FREE, isKnownKey, refuseAlmostKnown, requestPlace, SWITCHES } from './keys.ts'

export function readChatRequest(body: string): RequestReading {
  const root = readObject(body)
  const messages = member(root, 'messages')
  if (
    isThere(messages) &&
    (messages.kind !== 'array' || messages.items.some((item) => item.kind !== 'object'))
  ) {
    throw invalid('"messages" must be a list of objects.')
  }
  return reading(root, body)
}

export function readGenerateRequest(body: string): RequestReading {
  const root = readObject(body)
  const prompt = member(root, 'prompt')
  if (isThere(prompt) && prompt.kind !== 'string') throw invalid('"prompt" must be a string.')
  return reading(root, body)
}

function readObject(body: string): JsonObject {
  const root = requestObject(body)
  refuseAlmostKnown(root)
  return root
}

function reading(root: JsonObject, body: string): RequestReading {
  const model = stringOf(member(root, 'model'))
  if (model === undefined || model === '') throw invalid('"model" must be a string.')
  const stream = member(root, 'stream')
  if (stream && stream.kind !== 'literal') throw invalid('"stream" must be true or false.')
  const { pieces, structure } = collect(root, body, requestPlace, isKnownKey, ARGUMENTS)
  return {
    model,
    stream: !(stream?.kind === 'literal' && stream.value === false),
    wants: [],
    pieces,
    structure: structure.join('\0'),
    opaque: [...carried(root, { keys: CARRIERS, free: FREE }).names],
    opaqueReply: [...SWITCHES].filter((key) => isSwitchedOn(root, key, body)),
    beyond: beyondAsked(root),
    encode: (texts, upstreamModel) => encodePieces(body, pieces, texts, renamed(root, upstreamModel)),
  }
}

function isSwitchedOn(root: JsonObject, key: string, body: string): boolean {
  const node = member(root, key)
  return isThere(node) && !(node.kind === 'literal' && node.value === false) && integerOf(node, body) !== 0
}

/** An earlier exchange, as the ids of its tokens, and addresses to fetch from. */
function beyondAsked(root: JsonObject): string[] {
  const found = fetched(root, FREE)
  const context = member(root, 'context')
  if (context && !isEmpty(context)) found.add('context')
  return [...found]
}
