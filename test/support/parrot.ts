// A made-up API, as small as one can be, and its dialect: POST /parrot with {"model", "say"} answers {"said"}, or with
// "stream" lines of {"said"}, the last of which is {"over": true}. CONTRIBUTING.md walks through it.
import {
  failedInMidstream,
  invalid,
  replyJson,
  requestObject,
  wholeMessage,
} from '../../src/dialects/bodies.ts'
import { collect, encodePieces, renamed, type PlaceOf } from '../../src/dialects/collect.ts'
import type {
  Dialect,
  EventReader,
  Operation,
  ReplyReading,
  RequestReading,
} from '../../src/dialects/dialect.ts'
import { isTrue, member, stringOf } from '../../src/dialects/json.ts'
import { encodeLine, ndjson } from '../../src/dialects/ndjson.ts'

const KNOWN = new Set(['model', 'say', 'stream', 'said', 'over', 'error'])
const isKnownKey = (key: string): boolean => KNOWN.has(key)
/** The model's name is never rewritten; every other text is a channel of its own, also where nobody knows its key. */
const placeOf: PlaceOf = (path, isNumber) =>
  isNumber || path === 'model' ? 'structure' : { key: path, kind: 'text' }

function readRequest(body: string): RequestReading {
  const root = requestObject(body)
  const model = stringOf(member(root, 'model'))
  if (model === undefined) throw invalid('"model" must be a string.')
  const { pieces, structure } = collect(root, body, placeOf, isKnownKey)
  return {
    model,
    stream: isTrue(member(root, 'stream')),
    wants: [],
    pieces,
    structure: structure.join('\0'),
    opaque: [],
    opaqueReply: [],
    beyond: [],
    encode: (texts, upstreamModel) => encodePieces(body, pieces, texts, renamed(root, upstreamModel)),
  }
}

function readReply(body: string): ReplyReading {
  const root = replyJson(body)
  const { pieces, structure } = collect(root, body, placeOf, isKnownKey)
  const opaque = member(root, 'said') || member(root, 'over') ? [] : ['a reply that says nothing']
  return { pieces, structure: structure.join('\0'), opaque, tokens: undefined }
}

/** `said` of one line goes on in the next: they have one channel. The last line ends it. */
function events(): EventReader {
  return {
    read({ data }) {
      const root = replyJson(data)
      if (member(root, 'error')) throw failedInMidstream()
      const over = isTrue(member(root, 'over'))
      return {
        ...readReply(data),
        ends: over ? [''] : [],
        rests: [],
        own: undefined,
        terminal: over,
        dropped: false,
      }
    },
  }
}

const parrot: Operation = { name: 'parrot', upstreamPath: '/parrot', readRequest, readReply, events }

export const parrotDialect: Dialect = {
  name: 'parrot',
  paths: /^\/parrot$/,
  route: (method, path) =>
    method === 'POST' && path === '/parrot' ? { kind: 'operation', operation: parrot } : undefined,
  framing: ndjson('{"said":""}'),
  headers: {},
  error: (error, requestId) => JSON.stringify({ error: wholeMessage(error, requestId) }),
  streamError: (error, requestId) => encodeLine(JSON.stringify({ error: wholeMessage(error, requestId) })),
}
