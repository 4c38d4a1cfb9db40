// A chat completion's reply, whole and streamed.
import { collect, type Collected } from '../collect.ts'
import {
  DialectError,
  type EventReader,
  type EventReading,
  type Piece,
  type ReplyReading,
  type Tokens,
} from '../dialect.ts'
import { integerOf, JsonError, member, readJson, type JsonNode } from '../json.ts'
import type { Channel } from '../../terms/channel.ts'
import { isKnownKey, replyPlace } from './keys.ts'

export function readReply(body: string): ReplyReading {
  const root = parse(body)
  const choices = member(root, 'choices')
  if (choices?.kind !== 'array') throw new DialectError('a reply without choices')
  const { pieces, structure } = collect(root, '', replyPlace, isKnownKey)
  return {
    pieces,
    structure: structure.join('\0'),
    opaque: opaqueViews(root, choices.items, 'message'),
    tokens: tokensOf(root, body),
  }
}

/** Reads the events of one stream. `keepUsage`: whether the caller asked for the final usage chunk. */
export function createEventReader(keepUsage: boolean): EventReader {
  let skeleton: Skeleton | undefined
  let copies = 0
  return {
    read({ data }) {
      if (data === '[DONE]') return DONE
      const quick = skeleton && readBySkeleton(skeleton, data)
      if (quick) return quick
      const root = parse(data)
      if (member(root, 'error') !== undefined) throw new DialectError('an error in the stream')
      const choices = member(root, 'choices')
      if (choices?.kind !== 'array') throw new DialectError('an event without choices')
      const copy = `copy${copies++}`
      const { pieces, structure } = collectEvent(root, choices.items, data, copy)
      const tokens = tokensOf(root, data)
      const ends = endedChannels(choices.items, data, copy)
      skeleton = ends.length === 0 && tokens === undefined ? skeletonOf(data, pieces) : undefined
      return {
        pieces,
        structure: structure.join('\0'),
        opaque: opaqueViews(root, choices.items, 'delta'),
        tokens,
        ends,
        terminal: false,
        dropped: choices.items.length === 0 && tokens !== undefined && !keepUsage,
      }
    },
  }
}

const NONE: readonly string[] = []
const DONE: EventReading = {
  pieces: [],
  structure: '',
  opaque: NONE,
  tokens: undefined,
  ends: [''],
  terminal: true,
  dropped: false,
}

/**
 * The shape that successive events share: all but the text of one string. An event with the same prefix and suffix
 * and no unescaped quote between has the same structure, which was inspected the first time.
 */
interface Skeleton {
  readonly prefix: string
  readonly suffix: string
  readonly channel: Channel
}

const STRING_BODY = /^(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*$/

function skeletonOf(data: string, pieces: readonly Piece[]): Skeleton | undefined {
  const [only] = pieces
  if (pieces.length !== 1 || !only) return undefined
  return {
    prefix: flat(data.slice(0, only.start + 1)),
    suffix: flat(data.slice(only.end - 1)),
    channel: only.channel,
  }
}

/** The same string, in memory of its own: V8 compares a slice of another string several times slower. */
function flat(text: string): string {
  return Buffer.from(text).toString()
}

function readBySkeleton({ prefix, suffix, channel }: Skeleton, data: string): EventReading | undefined {
  const start = prefix.length
  const end = data.length - suffix.length
  if (end < start || data.slice(0, start) !== prefix || data.slice(end) !== suffix) return undefined
  let text = data.slice(start, end)
  for (let i = start; i < end; i++) {
    const unit = data.charCodeAt(i)
    if (unit === 0x22 || unit < 0x20) return undefined
    if (unit !== 0x5c) continue
    if (!STRING_BODY.test(text)) return undefined
    text = JSON.parse(`"${text}"`) as string
    break
  }
  return {
    pieces: [{ channel, text, start: start - 1, end: end + 1 }],
    structure: '',
    opaque: NONE,
    tokens: undefined,
    ends: NONE,
    terminal: false,
    dropped: false,
  }
}

/**
 * Strings of an event by channel: deltas are keyed by choice, field and tool index; a final copy of the message is a
 * text of its own (`copy`); what this dialect does not name counts as streamed, so that nothing can be split past us.
 */
function collectEvent(root: JsonNode, choices: readonly JsonNode[], data: string, copy: string): Collected {
  const placeOf = (path: string, text: string) => {
    const place = replyPlace(path, text)
    if (place === 'structure') return place
    const inChoice = /^choices\/(\d+)\/(?:(message\/)|(?:delta\/)?)(.*)$/.exec(place.key)
    if (!inChoice) return place
    const choice = choices[Number(inChoice[1])]
    const index = integerOf(member(choice, 'index'), data) ?? Number(inChoice[1])
    if (inChoice[2]) return { key: `${index}/${copy}/${inChoice[3]}`, kind: place.kind }
    const field = (inChoice[3] as string).replace(/^tool_calls\/(\d+)/, (_, position: string) => {
      const calls = member(member(choice, 'delta'), 'tool_calls')
      const call = calls?.kind === 'array' ? calls.items[Number(position)] : undefined
      return `tool_calls/${integerOf(member(call, 'index'), data) ?? position}`
    })
    // A delta may begin anywhere in its text: only the field says whether it is JSON.
    return {
      key: `${index}/${field}`,
      kind: field.endsWith('/arguments') ? ('json' as const) : ('text' as const),
    }
  }
  return collect(root, '', placeOf, isKnownKey)
}

/** Channels that this event ends: all of a choice that gives its finish reason, and the copy of a whole message. */
function endedChannels(choices: readonly JsonNode[], data: string, copy: string): string[] {
  const ends: string[] = []
  choices.forEach((choice, position) => {
    const index = integerOf(member(choice, 'index'), data) ?? position
    if (member(choice, 'finish_reason')?.kind === 'string') ends.push(`${index}/`)
    else if (isThere(member(choice, 'message'))) ends.push(`${index}/${copy}/`)
  })
  return ends
}

const VIEWS = ['logprobs', 'token_ids', 'prompt_token_ids', 'prompt_logprobs', 'prompt_text']

/** Views of the text as tokens, and media: what a detector can't look into. */
function opaqueViews(root: JsonNode, choices: readonly JsonNode[], side: 'message' | 'delta'): string[] {
  const found = VIEWS.filter((key) => isThere(member(root, key)))
  choices.forEach((choice, index) => {
    for (const key of VIEWS) if (isThere(member(choice, key))) found.push(`choices[${index}].${key}`)
    for (const key of ['audio', 'images']) {
      if (isThere(member(member(choice, side), key))) found.push(`choices[${index}].${side}.${key}`)
    }
  })
  return found
}

function isThere(node: JsonNode | undefined): boolean {
  return node !== undefined && !(node.kind === 'literal' && node.value === null)
}

function tokensOf(root: JsonNode, text: string): Tokens | undefined {
  const usage = member(root, 'usage')
  const input = integerOf(member(usage, 'prompt_tokens'), text)
  const output = integerOf(member(usage, 'completion_tokens'), text)
  if (input === undefined && output === undefined) return undefined
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) }
}

function parse(text: string): JsonNode {
  try {
    return readJson(text)
  } catch (cause) {
    if (cause instanceof JsonError) throw new DialectError('malformed JSON', { cause })
    throw cause
  }
}
