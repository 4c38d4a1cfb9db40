// A Messages reply, whole and streamed.
// https://docs.anthropic.com/en/docs/build-with-claude/streaming
import { failedInMidstream, MOST_VALUES_OF_EVENT, replyJson } from '../bodies.ts'
import { plainName, words } from '../carriers.ts'
import { collect, type PlaceOf } from '../collect.ts'
import {
  DialectError,
  type EventReader,
  type EventReading,
  type ReplyReading,
  type Tokens,
} from '../dialect.ts'
import { integerOf, member, stringOf, type JsonNode } from '../json.ts'
import { Skeleton } from '../skeleton.ts'
import { INPUT, isKnownKey, replyPlace } from './keys.ts'
import { isSealed, opaqueBlocks } from './opaque.ts'

export function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  if (member(root, 'content')?.kind !== 'array') throw new DialectError('a reply without content')
  return { ...readWhole(root, body), tokens: new Usage().add(member(root, 'usage'), body) }
}

/** The answer to `count_tokens`. */
export function readCount(body: string): ReplyReading {
  const root = replyJson(body)
  const input = integerOf(member(root, 'input_tokens'), body)
  if (input === undefined) throw new DialectError('a count without input_tokens')
  return { ...readWhole(root, body), tokens: { input } }
}

function readWhole(root: JsonNode, body: string): Omit<ReplyReading, 'tokens'> {
  const { pieces, structure } = collect(root, body, replyPlace, isKnownKey, INPUT)
  const opaque = new Set<string>()
  opaqueBlocks(member(root, 'content'), 'content', opaque)
  return { pieces, structure: structure.join('\0'), opaque: [...opaque] }
}

const EVENTS = words(
  `message_start content_block_start content_block_delta content_block_stop message_delta message_stop ping`,
)
const DELTAS = words('text_delta thinking_delta input_json_delta signature_delta citations_delta')

/** Reads the events of one stream. */
export function createEventReader(): EventReader {
  const usage = new Usage()
  let skeleton: Skeleton | undefined
  let events = 0
  return {
    read({ name, data }) {
      const quick = name === 'content_block_delta' ? skeleton?.read(data) : undefined
      if (quick) return quick
      const root = replyJson(data, MOST_VALUES_OF_EVENT)
      const type = stringOf(member(root, 'type'))
      if (type === undefined || type !== name) throw new DialectError('an event whose name is not its type')
      if (type === 'error') throw failedInMidstream()
      const own = `event${events++}`
      const index = indexOf(root, type, data)
      const { pieces, structure } = collect(root, data, eventPlace(index, own), isKnownKey, INPUT)
      const hasOwn = pieces.some(({ channel }) => channel.key.startsWith(`${own}/`))
      const [only] = pieces
      const isPlain = type === 'content_block_delta' && pieces.length === 1 && !hasOwn && only
      skeleton = isPlain
        ? new Skeleton(data, [{ kind: 'text', start: only.start + 1, end: only.end - 1 }], only)
        : undefined
      const counted = member(member(root, 'message'), 'usage') ?? member(root, 'usage')
      return {
        pieces,
        structure: structure.join('\0'),
        opaque: opaqueOf(root, type),
        tokens: counted && usage.add(counted, data),
        ends: endsOf(type, index),
        rests: [],
        own: hasOwn ? `${own}/` : undefined,
        terminal: type === 'message_stop',
        dropped: false,
      } satisfies EventReading
    },
  }
}

function opaqueOf(root: JsonNode, type: string): string[] {
  if (!EVENTS.has(type)) return [`an event (${plainName(type)})`]
  const found = new Set<string>()
  const delta = member(root, 'delta')
  if (type === 'content_block_delta') {
    const kind = stringOf(member(delta, 'type'))
    if (kind === undefined || !DELTAS.has(kind)) found.add(`a delta (${plainName(kind)})`)
    if (isSealed(member(delta, 'signature'))) found.add('a signature')
  }
  const block = member(root, 'content_block')
  if (block)
    opaqueBlocks(
      { kind: 'array', items: [block], start: block.start, end: block.end },
      'content_block',
      found,
    )
  opaqueBlocks(member(member(root, 'message'), 'content'), 'message.content', found)
  return [...found]
}

/** The block that an event belongs to, which clients assemble by. */
function indexOf(root: JsonNode, type: string, data: string): number | undefined {
  if (!type.startsWith('content_block')) return undefined
  const index = integerOf(member(root, 'index'), data)
  if (index === undefined || index < 0) throw new DialectError('a block without its index')
  return index
}

function endsOf(type: string, index: number | undefined): readonly string[] {
  if (type === 'content_block_stop') return [`${index}/`]
  return type === 'message_stop' ? [''] : []
}

/** Deltas of one block are one text, with what its start held; everything else is a text of its event alone. */
function eventPlace(index: number | undefined, own: string): PlaceOf {
  return (path, isNumber) => {
    const place = replyPlace(path, isNumber)
    if (typeof place === 'string') return place
    const [, field] = /^(?:delta|content_block)\/(text|thinking|partial_json)$/.exec(place.key) ?? []
    if (index === undefined || field === undefined) return { key: `${own}/${place.key}`, kind: place.kind }
    return { key: `${index}/${field}`, kind: place.kind }
  }
}

/** Token counts, which come in two events. */
class Usage {
  private input: number | undefined
  private output: number | undefined

  add(usage: JsonNode | undefined, text: string): Tokens {
    this.input = integerOf(member(usage, 'input_tokens'), text) ?? this.input
    this.output = integerOf(member(usage, 'output_tokens'), text) ?? this.output
    return {
      ...(this.input !== undefined && { input: this.input }),
      ...(this.output !== undefined && { output: this.output }),
    }
  }
}
