// A Messages reply, whole and streamed.
// https://docs.anthropic.com/en/docs/build-with-claude/streaming
import { failedInMidstream, failedWhole, MOST_VALUES_OF_EVENT, replyJson } from '../bodies.ts'
import { plainName, words } from '../carriers.ts'
import { collect, type PlaceOf } from '../collect.ts'
import type { EventReader, ReplyReading, Tokens } from '../dialect.ts'
import { integerOf, isThere, member, stringOf, type JsonNode } from '../json.ts'
import { Skeleton } from '../skeleton.ts'
import { INPUT, isKnownKey, replyPlace } from './keys.ts'
import { opaqueReplyParts } from './opaque.ts'

export function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  const flaws = member(root, 'content')?.kind === 'array' ? [] : ['a reply without content']
  return readWhole(root, body, flaws, new Usage().add(member(root, 'usage'), body))
}

/** The answer to `count_tokens`. */
export function readCount(body: string): ReplyReading {
  const root = replyJson(body)
  const tokens = new Usage().add(root, body)
  return readWhole(root, body, tokens.input === undefined ? ['a count without input_tokens'] : [], tokens)
}

function readWhole(root: JsonNode, body: string, flaws: readonly string[], tokens: Tokens): ReplyReading {
  if (hasFailed(root)) throw failedWhole()
  const { pieces, structure } = collect(root, body, replyPlace, isKnownKey, INPUT)
  return { pieces, structure: structure.join('\0'), opaque: [...flaws, ...opaqueReplyParts(root)], tokens }
}

function hasFailed(root: JsonNode): boolean {
  return stringOf(member(root, 'type')) === 'error' || isThere(member(root, 'error'))
}

const EVENTS = words(
  `message_start content_block_start content_block_delta content_block_stop message_delta message_stop ping`,
)
const DELTAS = words('text_delta thinking_delta input_json_delta signature_delta citations_delta')

/** Reads the events of one stream. */
export function createEventReader(): EventReader {
  const usage = new Usage()
  const blocks = new Blocks()
  let skeleton: Skeleton | undefined
  let events = 0
  return {
    read({ name, data }) {
      const quick = name === 'content_block_delta' ? skeleton?.read(data) : undefined
      if (quick) return quick
      const root = replyJson(data, MOST_VALUES_OF_EVENT)
      if (name === 'error' || hasFailed(root)) throw failedInMidstream()
      const type = stringOf(member(root, 'type')) ?? ''
      const flaws: string[] = []
      if (type !== name) flaws.push('an event whose name is not its type')
      else if (!EVENTS.has(type)) flaws.push(`an event (${plainName(type)})`)
      const own = `event${events++}`
      const index = type.startsWith('content_block') ? blocks.take(type, root, data, flaws) : undefined
      const { pieces, structure } = collect(root, data, eventPlace(index, own), isKnownKey, INPUT)
      const hasOwn = pieces.some(({ channel }) => channel.key.startsWith(`${own}/`))
      const speaks =
        type === 'content_block_start' ||
        pieces.some(({ channel, text }) => text !== '' && !channel.key.startsWith(`${own}/`))
      const opaque = [...flaws, ...opaqueReplyParts(root)]
      const [only] = pieces
      const isPlain = type === 'content_block_delta' && pieces.length === 1 && !hasOwn && opaque.length === 0
      skeleton =
        isPlain && only
          ? new Skeleton(data, [{ kind: 'text', start: only.start + 1, end: only.end - 1 }], only)
          : undefined
      const counted = member(member(root, 'message'), 'usage') ?? member(root, 'usage')
      return {
        pieces,
        structure: structure.join('\0'),
        opaque,
        tokens: counted && usage.add(counted, data),
        ends: type === 'message_stop' ? [''] : type === 'content_block_stop' ? [`${index}/`] : [],
        // Some clients put the blocks' texts one after the other: they are one text, at rest between blocks.
        rests: speaks ? [''] : type === 'content_block_stop' ? [TEXT] : [],
        own: hasOwn ? `${own}/` : undefined,
        terminal: type === 'message_stop',
        dropped: false,
      }
    },
  }
}

/** The blocks of one message. Some clients tell them by their index, some by their order: both must mean the same. */
class Blocks {
  private begun = 0
  private readonly open = new Set<number>()
  private speaking = 0

  /** The block that an event belongs to. */
  take(type: string, root: JsonNode, data: string, flaws: string[]): number {
    const index = integerOf(member(root, 'index'), data) ?? -1
    if (type === 'content_block_start') {
      if (index !== this.begun) flaws.push('blocks out of order')
      this.begun++
      this.open.add(index)
    } else if (type === 'content_block_stop') this.open.delete(index)
    else this.delta(member(root, 'delta'), index, flaws)
    return index
  }

  private delta(delta: JsonNode | undefined, index: number, flaws: string[]): void {
    const kind = stringOf(member(delta, 'type'))
    if (kind === undefined || !DELTAS.has(kind)) flaws.push(`a delta (${plainName(kind)})`)
    if (!this.open.has(index)) flaws.push('a delta of a block that is not open')
    if (kind !== 'text_delta') return
    if (index < this.speaking) flaws.push('blocks out of order')
    this.speaking = index
  }
}

const TEXT = 'text'

/**
 * The text blocks of a message are one text, deltas of another block are one with what its start held; everything else is
 * a text of its event alone.
 */
function eventPlace(index: number | undefined, own: string): PlaceOf {
  return (path, isNumber) => {
    const place = replyPlace(path, isNumber)
    if (typeof place === 'string') return place
    const [, field] = /^(?:delta|content_block)\/(text|thinking|partial_json)$/.exec(place.key) ?? []
    if (index === undefined || field === undefined) return { key: `${own}/${place.key}`, kind: place.kind }
    return { key: field === 'text' ? TEXT : `${index}/${field}`, kind: place.kind }
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
