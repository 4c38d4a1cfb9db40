// A chat completion's reply, whole and streamed.
import { failedInMidstream, failedWhole, MOST_VALUES_OF_EVENT, replyJson } from '../bodies.ts'
import { collect, type PlaceOf } from '../collect.ts'
import type { EventReader, EventReading, Piece, ReplyReading, Tokens } from '../dialect.ts'
import { integerOf, isThere, itemsOf, member, stringOf, type JsonNode } from '../json.ts'
import { Skeleton } from '../skeleton.ts'
import { isKnownKey, replyPlace } from './keys.ts'
import { opaqueReplyParts } from './opaque.ts'

export function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  if (isThere(member(root, 'error'))) throw failedWhole()
  const choices = member(root, 'choices')
  const flaws = choices?.kind === 'array' ? [] : ['a reply without choices']
  if (itemsOf(choices).some(hasError)) throw failedWhole()
  const { pieces, structure } = collect(root, body, replyPlace, isKnownKey)
  return {
    pieces,
    structure: structure.join('\0'),
    opaque: [...flaws, ...opaqueReplyParts(root)],
    tokens: tokensOf(root, body),
  }
}

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
      const nodes = member(root, 'choices')
      const items = itemsOf(nodes)
      if (isThere(member(root, 'error')) || items.some(hasError)) throw failedInMidstream()
      const flaws = nodes?.kind === 'array' ? [] : ['an event without choices']
      const choices = choicesOf(items, data, flaws)
      for (const { index, message } of choices) {
        if (message && copied.has(index)) flaws.push('a second copy of a message')
        if (message) copied.add(index)
      }
      const own = `event${events++}`
      const { pieces, structure } = collect(root, data, eventPlace(choices, own), isKnownKey)
      const joined = names.add(choices, flaws)
      const tokens = tokensOf(root, data)
      const ends = choices.flatMap(({ index, finished }) => (finished ? [`${index}/`] : []))
      const hasOwn = pieces.some(({ channel }) => channel.key.startsWith(`${own}/`))
      const opaque = [...flaws, ...opaqueReplyParts(root)]
      const steady = ends.length + joined.length + opaque.length === 0 && tokens === undefined && !hasOwn
      skeleton = steady ? skeletonOf(data, pieces) : undefined
      return {
        pieces,
        structure: [...structure, ...joined].join('\0'),
        opaque,
        tokens,
        ends,
        rests: speaking(pieces),
        own: hasOwn ? `${own}/` : undefined,
        terminal: false,
        dropped: nodes?.kind === 'array' && items.length === 0 && tokens !== undefined && !keepUsage,
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
  readonly role: string | undefined
  readonly calls: readonly { readonly index: number; readonly node: JsonNode }[]
}

function choicesOf(nodes: readonly JsonNode[], data: string, flaws: string[]): Choice[] {
  return nodes.map((node) => {
    const delta = member(node, 'delta')
    const calls = itemsOf(member(delta, 'tool_calls'))
    return {
      index: indexOf(node, nodes.length, data, flaws),
      message: isThere(member(node, 'message')),
      finished: member(node, 'finish_reason')?.kind === 'string',
      role: stringOf(member(delta, 'role')),
      calls: calls.map((call) => ({ index: indexOf(call, calls.length, data, flaws), node: call })),
    }
  })
}

/** Its `index`; one that stands alone may leave it out. By position two clients could assemble two texts. */
function indexOf(node: JsonNode, among: number, data: string, flaws: string[]): number {
  const given = member(node, 'index')
  if (given === undefined && among === 1) return 0
  const index = integerOf(given, data)
  if (index !== undefined && index >= 0) return index
  flaws.push('a part without its index')
  return 0
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
    const choice = choices[Number(inChoice?.[1])]
    if (!inChoice || !choice) return { key: `${own}/${place.key}`, kind: place.kind }
    if (inChoice[2]) return { key: `${own}/${choice.index}/${inChoice[3]}`, kind: place.kind }
    const field = (inChoice[3] as string).replace(
      /^tool_calls\/(\d+)/,
      (_, position: string) => `tool_calls/${choice.calls[Number(position)]?.index}`,
    )
    return { key: `${choice.index}/${field}`, kind: place.kind }
  }
}

/** Roles, and ids and names of tool calls, which clients join across events: inspected joined, though never rewritten. */
class Joined {
  private readonly texts = new Map<string, { text: string; last: string; repeats: boolean }>()

  /** The joined texts that this event goes on with. */
  add(choices: readonly Choice[], flaws: string[]): string[] {
    const grown: string[] = []
    const join = (key: string, more: string | undefined): void => {
      if (more === undefined || more === '') return
      const known = this.texts.get(key)
      const repeats = known?.last === more
      // Some servers say the same in every event: twice tells all that many times do.
      if (repeats && known.repeats) return
      const text = (known?.text ?? '') + more
      if (text.length > LONGEST_NAME) flaws.push('a tool call with an endless name')
      else this.texts.set(key, { text, last: more, repeats })
      grown.push(text)
    }
    for (const { index, role, calls } of choices) {
      join(`${index}/role`, role)
      for (const call of calls) {
        join(`${index}/${call.index}/id`, stringOf(member(call.node, 'id')))
        join(`${index}/${call.index}/name`, stringOf(member(member(call.node, 'function'), 'name')))
      }
    }
    return grown
  }
}

const LONGEST_NAME = 4096

/** Some proxies tell of a failure within a choice. */
function hasError(choice: JsonNode): boolean {
  return isThere(member(choice, 'error'))
}

function tokensOf(root: JsonNode, text: string): Tokens | undefined {
  const usage = member(root, 'usage')
  const input = integerOf(member(usage, 'prompt_tokens'), text)
  const output = integerOf(member(usage, 'completion_tokens'), text)
  if (input === undefined && output === undefined) return undefined
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) }
}
