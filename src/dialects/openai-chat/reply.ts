// A chat completion's reply, whole and streamed.
import { failedInMidstream, MOST_VALUES_OF_EVENT, replyJson } from '../bodies.ts'
import { collect, type PlaceOf } from '../collect.ts'
import {
  DialectError,
  type EventReader,
  type EventReading,
  type Piece,
  type ReplyReading,
  type Tokens,
} from '../dialect.ts'
import { integerOf, isThere, member, stringOf, type JsonNode } from '../json.ts'
import { Skeleton } from '../skeleton.ts'
import { isKnownKey, replyPlace } from './keys.ts'

export function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  const choices = member(root, 'choices')
  if (choices?.kind !== 'array') throw new DialectError('a reply without choices')
  const { pieces, structure } = collect(root, body, replyPlace, isKnownKey)
  return {
    pieces,
    structure: structure.join('\0'),
    opaque: opaqueViews(root, choices.items, 'message'),
    tokens: tokensOf(root, body),
  }
}

/** An event is read in one turn of the event loop; one with the top 20 alternatives of a token holds some 300 values. */

/** Reads the events of one stream. `keepUsage`: whether the caller asked for the final usage chunk. */
export function createEventReader(keepUsage: boolean): EventReader {
  let skeleton: Skeleton | undefined
  let events = 0
  const names = new Joined()
  const copied = new Set<number>()
  return {
    read({ data }) {
      if (data === '[DONE]') return DONE
      const quick = skeleton?.read(data)
      if (quick) return quick
      const root = replyJson(data, MOST_VALUES_OF_EVENT)
      if (member(root, 'error') !== undefined) throw failedInMidstream()
      const nodes = member(root, 'choices')
      if (nodes?.kind !== 'array') throw new DialectError('an event without choices')
      const choices = choicesOf(nodes.items, data)
      for (const { index, message } of choices) {
        if (message && copied.has(index)) throw new DialectError('a second copy of a message')
        if (message) copied.add(index)
      }
      const own = `event${events++}`
      const { pieces, structure } = collect(root, data, eventPlace(choices, own), isKnownKey)
      const joined = names.add(choices)
      const tokens = tokensOf(root, data)
      const ends = choices.flatMap(({ index, finished }) => (finished ? [`${index}/`] : []))
      const hasOwn = pieces.some(({ channel }) => channel.key.startsWith(`${own}/`))
      const steady = ends.length === 0 && tokens === undefined && joined.length === 0 && !hasOwn
      skeleton = steady ? skeletonOf(data, pieces) : undefined
      return {
        pieces,
        structure: [...structure, ...joined].join('\0'),
        opaque: opaqueViews(root, nodes.items, 'delta'),
        tokens,
        ends,
        rests: speaking(pieces),
        own: hasOwn ? `${own}/` : undefined,
        terminal: false,
        dropped: nodes.items.length === 0 && tokens !== undefined && !keepUsage,
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
  rests: NONE,
  own: undefined,
  terminal: true,
  dropped: false,
}

/** The choices that say something: what else they said is at rest, such as their reasoning. */
function speaking(pieces: readonly Piece[]): string[] {
  const choices = pieces.flatMap(({ channel, text }) =>
    text === '' ? [] : (/^\d+\//.exec(channel.key) ?? []),
  )
  return [...new Set(choices)]
}

function skeletonOf(data: string, pieces: readonly Piece[]): Skeleton | undefined {
  const [only] = pieces
  if (pieces.length !== 1 || !only) return undefined
  return new Skeleton(data, [{ kind: 'text', start: only.start + 1, end: only.end - 1 }], only)
}

/** One choice of an event, with the indices that clients assemble by. */
interface Choice {
  readonly index: number
  readonly message: boolean
  readonly finished: boolean
  readonly calls: readonly { readonly index: number; readonly node: JsonNode }[]
}

function choicesOf(nodes: readonly JsonNode[], data: string): Choice[] {
  return nodes.map((node) => {
    const calls = member(member(node, 'delta'), 'tool_calls')
    const items = calls?.kind === 'array' ? calls.items : []
    return {
      index: indexOf(node, nodes.length, data),
      message: isThere(member(node, 'message')),
      finished: member(node, 'finish_reason')?.kind === 'string',
      calls: items.map((call) => ({ index: indexOf(call, items.length, data), node: call })),
    }
  })
}

/** Its `index`; one that stands alone may leave it out. By position two clients could assemble two texts. */
function indexOf(node: JsonNode, among: number, data: string): number {
  const given = member(node, 'index')
  if (given === undefined && among === 1) return 0
  const index = integerOf(given, data)
  if (index === undefined || index < 0) throw new DialectError('a part without its index')
  return index
}

/**
 * Deltas belong to channels by choice, field and tool index, and so does what a choice holds besides; the copy of a
 * whole message and what stands outside the choices are texts of this event alone (`own`).
 */
function eventPlace(choices: readonly Choice[], own: string): PlaceOf {
  return (path, isNumber) => {
    const place = replyPlace(path, isNumber)
    if (typeof place === 'string') return place
    const inChoice = /^choices\/(\d+)\/(?:(message\/)|(?:delta\/)?)(.*)$/.exec(place.key)
    if (!inChoice) return { key: `${own}/${place.key}`, kind: place.kind }
    const choice = choices[Number(inChoice[1])] as Choice
    if (inChoice[2]) return { key: `${own}/${choice.index}/${inChoice[3]}`, kind: place.kind }
    const field = (inChoice[3] as string).replace(
      /^tool_calls\/(\d+)/,
      (_, position: string) => `tool_calls/${choice.calls[Number(position)]?.index}`,
    )
    return { key: `${choice.index}/${field}`, kind: place.kind }
  }
}

/** Ids and names of tool calls, which clients join across events: inspected joined, though never rewritten. */
class Joined {
  private readonly texts = new Map<string, string>()

  /** The joined texts that this event goes on with. */
  add(choices: readonly Choice[]): string[] {
    const grown: string[] = []
    for (const { index, calls } of choices) {
      for (const call of calls) {
        const name = member(member(call.node, 'function'), 'name')
        for (const [field, node] of [['id', member(call.node, 'id')] as const, ['name', name] as const]) {
          const more = stringOf(node)
          if (more === undefined || more === '') continue
          const key = `${index}/${call.index}/${field}`
          const text = (this.texts.get(key) ?? '') + more
          if (text.length > LONGEST_NAME) throw new DialectError('a tool call with an endless name')
          this.texts.set(key, text)
          grown.push(text)
        }
      }
    }
    return grown
  }
}

const LONGEST_NAME = 4096

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

function tokensOf(root: JsonNode, text: string): Tokens | undefined {
  const usage = member(root, 'usage')
  const input = integerOf(member(usage, 'prompt_tokens'), text)
  const output = integerOf(member(usage, 'completion_tokens'), text)
  if (input === undefined && output === undefined) return undefined
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) }
}
