// A Responses reply, whole and streamed: deltas, then copies of what they made, up to a copy of the whole response.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { failedInMidstream, failedWhole, MOST_VALUES_OF_EVENT, replyJson } from '../bodies.ts'
import { plainName } from '../carriers.ts'
import { collect, type PlaceOf } from '../collect.ts'
import type { EventReader, Piece, ReplyReading, Tokens } from '../dialect.ts'
import { integerOf, isThere, member, stringOf, type JsonNode } from '../json.ts'
import { Skeleton, type Slot } from '../skeleton.ts'
import { isKnownKey, replyPlace } from './keys.ts'
import { opaqueReplyParts } from './opaque.ts'

export function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  if (hasFailed(root)) throw failedWhole()
  const flaws = member(root, 'output')?.kind === 'array' ? [] : ['a reply without output']
  const { pieces, structure } = collect(root, body, replyPlace, isKnownKey)
  return {
    pieces,
    structure: structure.join('\0'),
    opaque: [...flaws, ...opaqueReplyParts(root)],
    tokens: tokensOf(root, body),
  }
}

/** Families of events that carry one text: `.delta`, and `.done` with the whole of it. */
const TEXTS =
  /^response\.(output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments|custom_tool_call_input)\.(delta|done)$/
const WHOLE = /^response\.(?:created|queued|in_progress|completed|incomplete)$/
/** What an event of these gives of an item, its deltas go on with. */
const GIVES = /^response\.(?:created|queued|in_progress|\w+\.added)$/
const PARTS =
  /^response\.(?:(?:output_item|content_part|reasoning_summary_part)\.(?:added|done)|output_text\.annotation\.added)$/

/** Reads the events of one stream. */
export function createEventReader(): EventReader {
  const texts = new Texts()
  let skeleton: Skeleton | undefined
  let steady = ''
  let events = 0
  return {
    read({ name, data }) {
      const quick = name === steady ? skeleton?.read(data) : undefined
      if (quick) return quick
      const root = replyJson(data, MOST_VALUES_OF_EVENT)
      const type = stringOf(member(root, 'type')) ?? ''
      const response = member(root, 'response')
      if (type === 'error' || type === 'response.failed' || name === 'error' || hasFailed(response)) {
        throw failedInMidstream()
      }
      const flaws: string[] = []
      if (type !== name && name !== '') flaws.push('an event whose name is not its type')
      const [, family, step = ''] = TEXTS.exec(type) ?? []
      if (family === undefined && !WHOLE.test(type) && !PARTS.test(type)) {
        flaws.push(`an event (${plainType(type)})`)
      }
      const own = `event${events++}`
      const channel = family === undefined ? undefined : texts.channel(root, family, step, data, flaws)
      const delta = step === 'delta' ? channel : undefined
      const { pieces, structure } = collect(root, data, eventPlace(delta, family, own), isKnownKey)
      const hasOwn = pieces.some((piece) => piece.channel.key !== delta)
      if (GIVES.test(type)) texts.give(root, data, pieces, own, flaws)
      const opaque = [...flaws, ...opaqueReplyParts(root)]
      skeleton =
        delta === undefined || hasOwn || opaque.length > 0 ? undefined : skeletonOf(root, data, pieces)
      steady = name
      const terminal = type === 'response.completed' || type === 'response.incomplete'
      const speaks =
        delta !== undefined && pieces.some(({ channel: { key }, text }) => key === delta && text !== '')
      return {
        pieces,
        structure: structure.join('\0'),
        opaque,
        tokens: tokensOf(response, data),
        ends: terminal ? [''] : type === 'response.output_item.done' ? itemOf(root, data) : [],
        // Parts of an item are one text to some clients: it is at rest between them, and over with the item.
        rests: speaks ? [''] : step === 'done' && channel !== undefined ? [channel] : [],
        own: hasOwn ? `${own}/` : undefined,
        terminal,
        dropped: false,
      }
    },
  }
}

/** Servers say so within a response, too, whatever they call the event. */
function hasFailed(response: JsonNode | undefined): boolean {
  return isThere(member(response, 'error')) || stringOf(member(response, 'status')) === 'failed'
}

function plainType(type: string): string {
  return /^[a-z_.]{1,64}$/.test(type) ? type : plainName(undefined)
}

function itemOf(root: JsonNode, data: string): readonly string[] {
  const index = integerOf(member(root, 'output_index'), data)
  return index === undefined ? [] : [`${index}/`]
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

/**
 * Which text a delta goes on with. Some clients tell by the indices, some by the item's id alone, and put the parts of an
 * item one after the other: all must come to mean the same, or the event is flawed.
 */
class Texts {
  private readonly items = new Map<string, number>()
  private readonly ids = new Map<number, string>()
  private readonly parts = new Map<string, number>()
  private readonly given = new Set<number>()

  channel(root: JsonNode, family: string, step: string, data: string, flaws: string[]): string {
    const index = integerOf(member(root, 'output_index'), data)
    const given = member(root, PART_INDEX.get(family) ?? '')
    const part = given === undefined ? 0 : integerOf(given, data)
    if (index === undefined || part === undefined) {
      flaws.push('a text without its index')
      return `unknown/${family}/`
    }
    const id = stringOf(member(root, 'item_id')) ?? ''
    if (id !== '' && !this.fits(id, index)) flaws.push('items out of order')
    const key = `${index}/${family}/`
    if (step !== 'delta') return key
    if (this.given.has(index)) flaws.push('a delta of what was given whole')
    if (part < (this.parts.get(key) ?? 0)) flaws.push('parts out of order')
    this.parts.set(key, part)
    return key
  }

  /** Notes the items of which an event gives text that no delta gave: a delta would go on with that. */
  give(root: JsonNode, data: string, pieces: readonly Piece[], own: string, flaws: string[]): void {
    const index = integerOf(member(root, 'output_index'), data)
    for (const { channel, text } of pieces) {
      const inOutput = OUTPUT.exec(channel.key.slice(own.length))
      if (!inOutput || text === '') continue
      const given = inOutput[1] === undefined ? index : Number(inOutput[1])
      if (given === undefined) flaws.push('a text without its index')
      else if (this.given.size < MOST_ITEMS) this.given.add(given)
      else flaws.push('items out of order')
    }
  }

  private fits(id: string, index: number): boolean {
    const known = this.items.get(id)
    if (known === undefined ? this.items.size >= MOST_ITEMS : known !== index || this.ids.get(index) !== id) {
      return false
    }
    this.items.set(id, index)
    this.ids.set(index, id)
    return true
  }
}

const OUTPUT = /^\/(?:response\/output\/(\d+)|item|part)\//
const PART_INDEX = new Map([
  ['output_text', 'content_index'],
  ['refusal', 'content_index'],
  ['reasoning_text', 'content_index'],
  ['reasoning_summary_text', 'summary_index'],
])
/** Some proxies give an item another id in every event. */
const MOST_ITEMS = 2 ** 16

function tokensOf(response: JsonNode | undefined, text: string): Tokens | undefined {
  const usage = member(response, 'usage')
  if (!isThere(usage)) return undefined
  const input = integerOf(member(usage, 'input_tokens'), text)
  const output = integerOf(member(usage, 'output_tokens'), text)
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) }
}
