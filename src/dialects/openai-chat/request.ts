// A chat completion request: its text, its structure, and what it holds or asks for that can't be inspected.
import { SluiceError } from '../../base/errors.ts'
import { collect } from '../collect.ts'
import type { RequestReading } from '../dialect.ts'
import {
  integerOf,
  JsonError,
  member,
  readJson,
  splice,
  stringOf,
  type JsonNode,
  type Splice,
} from '../json.ts'
import { isKnownKey, refuseLookalikes, requestPlace } from './keys.ts'

export function readRequest(body: string): RequestReading {
  const root = parse(body)
  refuseLookalikes(root)
  const model = stringOf(member(root, 'model'))
  if (model === undefined || model === '') throw invalid('"model" must be a string.')
  const messages = member(root, 'messages')
  if (messages?.kind !== 'array' || messages.items.some((item) => item.kind !== 'object')) {
    throw invalid('"messages" must be a list of objects.')
  }
  const stream = member(root, 'stream')
  if (stream && stream.kind !== 'literal') throw invalid('"stream" must be true or false.')
  const streamed = stream?.kind === 'literal' && stream.value === true
  const { pieces, structure } = collect(root, '', requestPlace, isKnownKey)

  return {
    body,
    model,
    stream: streamed,
    pieces,
    structure: structure.join('\0'),
    opaque: [...opaqueParts(messages.items), ...opaqueCarriers(root), ...dataUrls(pieces)],
    opaqueReply: opaqueAsked(root, body),
    encode(texts, upstreamModel) {
      const splices: Splice[] = [...texts].map(([index, text]) => ({
        ...(pieces[index] as { start: number; end: number }),
        text: JSON.stringify(text),
      }))
      const named = member(root, 'model')
      if (upstreamModel !== undefined && named) {
        splices.push({ start: named.start, end: named.end, text: JSON.stringify(upstreamModel) })
      }
      if (streamed) splices.push(...askForUsage(root))
      return splice(body, splices)
    },
  }
}

/** Whether the caller asked for the stream's last chunk with the token counts. */
export function asksForUsage(body: string): boolean {
  const asked = member(member(readJson(body), 'stream_options'), 'include_usage')
  return asked?.kind === 'literal' && asked.value === true
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

function opaqueParts(messages: readonly JsonNode[]): string[] {
  const found: string[] = []
  messages.forEach((message, m) => {
    const content = member(message, 'content')
    if (content?.kind === 'array') {
      content.items.forEach((part, p) => {
        const type = stringOf(member(part, 'type'))
        if (part.kind === 'object' && (type === 'text' || type === 'refusal')) return
        found.push(`messages[${m}].content[${p}] (${plainName(type)})`)
      })
    }
    const audio = member(message, 'audio')
    if (audio && audio.kind !== 'literal') found.push(`messages[${m}].audio`)
  })
  return found
}

const CARRIERS = [
  'prompt_embeds',
  'prompt_token_ids',
  'prompt',
  'input_ids',
  'kv_transfer_params',
  'mm_processor_kwargs',
]

function opaqueCarriers(root: JsonNode): string[] {
  return CARRIERS.filter((key) => member(root, key) !== undefined)
}

function dataUrls(pieces: RequestReading['pieces']): string[] {
  return pieces.some(({ text }) => /^data:[^,]{0,200};base64,/i.test(text)) ? ['a data URL'] : []
}

const SWITCHES = ['logprobs', 'return_token_ids', 'return_tokens_as_token_ids', 'return_prompt_text', 'echo']
const COUNTS = ['top_logprobs', 'prompt_logprobs']

function opaqueAsked(root: JsonNode, body: string): string[] {
  const asked = SWITCHES.filter((key) => {
    const node = member(root, key)
    return node !== undefined && !(node.kind === 'literal' && node.value !== true)
  })
  for (const key of COUNTS) {
    const node = member(root, key)
    if (node !== undefined && node.kind !== 'literal' && integerOf(node, body) !== 0) asked.push(key)
  }
  const modalities = member(root, 'modalities')
  if (modalities?.kind === 'array' && modalities.items.some((item) => stringOf(item) !== 'text'))
    asked.push('modalities')
  const audio = member(root, 'audio')
  if (audio && audio.kind !== 'literal') asked.push('audio')
  return asked
}

/** A type's name as the caller wrote it, if it is a plain word. */
function plainName(type: string | undefined): string {
  return type !== undefined && /^[a-z_]{1,32}$/.test(type) ? type : 'unknown type'
}

function parse(body: string): JsonNode {
  try {
    const root = readJson(body)
    if (root.kind !== 'object') throw new JsonError('the body must be a JSON object')
    return root
  } catch (cause) {
    if (cause instanceof JsonError)
      throw invalid(`The request body is not JSON that sluice accepts: ${cause.message}.`)
    throw cause
  }
}

function invalid(message: string): SluiceError {
  return new SluiceError('ERR_REQUEST_INVALID', message)
}
