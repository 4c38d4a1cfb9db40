// A reply of Ollama's API, whole and streamed: the last line says that it is done.
import { failedInMidstream, failedWhole, MOST_VALUES_OF_EVENT, replyJson } from '../bodies.ts'
import { carried, Opaque } from '../carriers.ts'
import { collect, type PlaceOf } from '../collect.ts'
import type { EventReader, Piece, ReplyReading, Tokens } from '../dialect.ts'
import { integerOf, isThere, isTrue, member, without, type JsonNode } from '../json.ts'
import { Skeleton, type Slot } from '../skeleton.ts'
import { ARGUMENTS, CARRIERS, FREE, isKnownKey, replyPlace } from './keys.ts'

export function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  if (isThere(member(root, 'error'))) throw failedWhole()
  const isKnown = isThere(member(root, 'message')) || isThere(member(root, 'response'))
  const flaws = isKnown ? [] : ['a reply without a message']
  const { pieces, structure } = collect(root, body, replyPlace, isKnownKey, ARGUMENTS)
  return {
    pieces,
    structure: structure.join('\0'),
    opaque: [...flaws, ...opaqueOf(root)],
    withheld: without(root, CONTEXT),
    tokens: tokensOf(root, body),
  }
}

/** Reads the lines of one stream. */
export function createEventReader(): EventReader {
  let skeleton: Skeleton | undefined
  let events = 0
  return {
    read({ data }) {
      const quick = skeleton?.read(data)
      if (quick) return quick
      const root = replyJson(data, MOST_VALUES_OF_EVENT)
      if (isThere(member(root, 'error'))) throw failedInMidstream()
      const done = member(root, 'done')
      const flaws = done?.kind === 'literal' ? [] : ['a line that does not say whether it is done']
      const own = `event${events++}`
      const { pieces, structure } = collect(root, data, eventPlace(own), isKnownKey, ARGUMENTS)
      const hasOwn = pieces.some(({ channel }) => channel.key.startsWith(`${own}/`))
      const last = isTrue(done)
      const opaque = [...flaws, ...opaqueOf(root)]
      const withheld = without(root, CONTEXT)
      const isPlain = !last && !hasOwn && opaque.length + withheld.length === 0
      skeleton = isPlain ? skeletonOf(root, data, pieces) : undefined
      return {
        pieces,
        structure: structure.join('\0'),
        opaque,
        withheld,
        tokens: tokensOf(root, data),
        ends: last ? [''] : [],
        rests: last || pieces.every(({ text }) => text === '') ? [] : [''],
        own: hasOwn ? `${own}/` : undefined,
        terminal: last,
        dropped: false,
      }
    },
  }
}

const DELTA = /^(?:message\/(?:content|thinking)|response|thinking)$/

function eventPlace(own: string): PlaceOf {
  return (path, isNumber) => {
    const place = replyPlace(path, isNumber)
    if (typeof place === 'string' || DELTA.test(place.key)) return place
    return { key: `${own}/${place.key}`, kind: place.kind }
  }
}

/** Successive lines differ in their text and in their time. An empty thinking beside the text is of no account. */
function skeletonOf(root: JsonNode, data: string, pieces: readonly Piece[]): Skeleton | undefined {
  const [only] = pieces.filter(({ text }) => text !== '')
  const time = member(root, 'created_at')
  if (!only || pieces.length > 1 || time?.kind !== 'string') return undefined
  const slots: Slot[] = [
    { kind: 'text', start: only.start + 1, end: only.end - 1 },
    { kind: 'time', start: time.start + 1, end: time.end - 1 },
  ]
  return new Skeleton(
    data,
    slots.toSorted((a, b) => a.start - b.start),
    only,
  )
}

const VIEWS = ['logprobs', '_debug_info', 'remote_host', 'remote_model']
/** The whole exchange as token ids: `generate` adds it unasked, so it is withheld where the reply is masked. */
const CONTEXT = 'context'

/** Views of the text as tokens, media, and another host that the server asked in its turn. */
function opaqueOf(root: JsonNode): string[] {
  const found = new Opaque()
  for (const key of VIEWS) {
    const value = member(root, key)
    if (isThere(value)) found.add(key, value)
  }
  const context = member(root, CONTEXT)
  if (context) found.nodes.add(context)
  return [...carried(root, { keys: CARRIERS, free: FREE }, found).names]
}

function tokensOf(root: JsonNode, text: string): Tokens | undefined {
  const input = integerOf(member(root, 'prompt_eval_count'), text)
  const output = integerOf(member(root, 'eval_count'), text)
  if (input === undefined && output === undefined) return undefined
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) }
}
