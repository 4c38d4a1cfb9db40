// A Responses reply, whole and streamed: deltas, then copies of what they made, up to a copy of the whole response.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { failedInMidstream, MOST_VALUES_OF_EVENT, replyJson } from '../bodies.ts'
import { plainName } from '../carriers.ts'
import { collect, type PlaceOf } from '../collect.ts'
import { DialectError, type EventReader, type Piece, type ReplyReading, type Tokens } from '../dialect.ts'
import { integerOf, isThere, member, stringOf, type JsonNode } from '../json.ts'
import { Skeleton, type Slot } from '../skeleton.ts'
import { isKnownKey, replyPlace } from './keys.ts'
import { opaqueItem, opaquePart, opaqueReplyParts, views } from './opaque.ts'

export function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  if (member(root, 'output')?.kind !== 'array') throw new DialectError('a reply without output')
  const { pieces, structure } = collect(root, body, replyPlace, isKnownKey)
  return {
    pieces,
    structure: structure.join('\0'),
    opaque: opaqueReplyParts(root),
    tokens: tokensOf(root, body),
  }
}

/** Families of events that carry one text: `.delta`, and `.done` with the whole of it. */
const TEXTS =
  /^response\.(output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments|custom_tool_call_input)\.(delta|done)$/
const WHOLE = /^response\.(?:created|queued|in_progress|completed|incomplete)$/
const PARTS = /^response\.(?:output_item|content_part|reasoning_summary_part)\.(?:added|done)$/

/** Reads the events of one stream. */
export function createEventReader(): EventReader {
  const items = new Items()
  let skeleton: Skeleton | undefined
  let steady = ''
  let events = 0
  return {
    read({ name, data }) {
      const quick = name === steady ? skeleton?.read(data) : undefined
      if (quick) return quick
      const root = replyJson(data, MOST_VALUES_OF_EVENT)
      const type = stringOf(member(root, 'type'))
      if (type === undefined || (type !== name && name !== '')) {
        throw new DialectError('an event whose name is not its type')
      }
      if (type === 'error' || type === 'response.failed') throw failedInMidstream()
      const own = `event${events++}`
      const [, family, step] = TEXTS.exec(type) ?? []
      const channel = family === undefined ? undefined : items.channel(root, family, data)
      const delta = step === 'delta' ? channel : undefined
      const { pieces, structure } = collect(root, data, eventPlace(delta, family, own), isKnownKey)
      const hasOwn = pieces.some((piece) => piece.channel.key !== delta)
      skeleton = delta === undefined || hasOwn ? undefined : skeletonOf(root, data, pieces)
      steady = name
      const terminal = type === 'response.completed' || type === 'response.incomplete'
      return {
        pieces,
        structure: structure.join('\0'),
        opaque: opaqueOf(root, type),
        tokens: tokensOf(member(root, 'response'), data),
        ends: terminal ? [''] : endsOf(root, type, step, channel, data),
        rests: [],
        own: hasOwn ? `${own}/` : undefined,
        terminal,
        dropped: false,
      }
    },
  }
}

function opaqueOf(root: JsonNode, type: string): string[] {
  const found = new Set<string>()
  if (!TEXTS.test(type) && !WHOLE.test(type) && !PARTS.test(type)) found.add(`an event (${plainType(type)})`)
  const item = member(root, 'item')
  if (item) opaqueItem(item, 'item', found)
  const part = member(root, 'part')
  if (part) opaquePart(part, 'part', found)
  for (const name of opaqueReplyParts(member(root, 'response'))) found.add(name)
  views(root, found)
  return [...found]
}

function plainType(type: string): string {
  return /^[a-z_.]{1,64}$/.test(type) ? type : plainName(undefined)
}

/** A text ends with its `.done`, all texts of an item with that item's. */
function endsOf(
  root: JsonNode,
  type: string,
  step: string | undefined,
  channel: string | undefined,
  data: string,
): readonly string[] {
  if (step === 'done' && channel !== undefined) return [channel]
  if (type === 'response.output_item.done') return [`${integerOf(member(root, 'output_index'), data)}/`]
  return []
}

/** The deltas of one text are one channel; everything else is a text of its event alone. */
function eventPlace(delta: string | undefined, family: string | undefined, own: string): PlaceOf {
  return (path, isNumber) => {
    const place = replyPlace(path, isNumber)
    if (typeof place === 'string') return place
    const kind =
      family === 'function_call_arguments' && (path === 'delta' || path === 'arguments') ? 'json' : place.kind
    return { key: delta !== undefined && path === 'delta' ? delta : `${own}/${place.key}`, kind }
  }
}

/** Successive deltas differ in their text and their number. */
function skeletonOf(root: JsonNode, data: string, pieces: readonly Piece[]): Skeleton | undefined {
  const [only] = pieces
  if (pieces.length !== 1 || !only) return undefined
  const number = member(root, 'sequence_number')
  const slots: Slot[] = [{ kind: 'text', start: only.start + 1, end: only.end - 1 }]
  if (number?.kind === 'number') slots.push({ kind: 'number', start: number.start, end: number.end })
  return new Skeleton(
    data,
    slots.toSorted((a, b) => a.start - b.start),
    only,
  )
}

/** Which text a delta goes on with. Some clients tell by the indices, some by the item's id: both must mean the same. */
class Items {
  private readonly indices = new Map<string, number>()

  channel(root: JsonNode, family: string, data: string): string {
    const index = integerOf(member(root, 'output_index'), data)
    const part = member(root, 'content_index') ?? member(root, 'summary_index')
    const within = part === undefined ? 0 : integerOf(part, data)
    if (index === undefined || within === undefined) throw new DialectError('a text without its index')
    const id = stringOf(member(root, 'item_id')) ?? ''
    if (id !== '' && (this.indices.get(id) ?? index) !== index)
      throw new DialectError('an item at two indices')
    if (id !== '') this.indices.set(id, index)
    return `${index}/${within}/${family}/`
  }
}

function tokensOf(response: JsonNode | undefined, text: string): Tokens | undefined {
  const usage = member(response, 'usage')
  if (!isThere(usage)) return undefined
  const input = integerOf(member(usage, 'input_tokens'), text)
  const output = integerOf(member(usage, 'output_tokens'), text)
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) }
}
