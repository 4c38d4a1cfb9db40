// What a dialect says of one model API: where text lives, how it is framed, how errors look. Adding one is one folder.
import type { SluiceError } from '../base/errors.ts'
import type { Channel } from '../terms/channel.ts'
import type { Splice } from './json.ts'

/** One run of text in a JSON document, at the span of the string that holds it, or of JSON that is read as one text. */
export interface Piece {
  /** Pieces of one channel are one text: adjacent parts of a message, or a stream's successive deltas. */
  readonly channel: Channel
  readonly text: string
  /** The span in the document, a string's quotes included. */
  readonly start: number
  readonly end: number
  /** The span holds no string but JSON (a tool's arguments as an object): the text is its source. */
  readonly isJson?: true
}

/** Text found in a JSON document, and what could not be looked into. */
export interface Reading {
  readonly pieces: readonly Piece[]
  /**
   * Strings and keys that are never rewritten (ids, roles, names, schema keys), joined by U+0000: a finding in here
   * denies the request or ends the reply.
   */
  readonly structure: string
  /** Parts that can't be inspected, by place: `messages[0].content[1] (image_url)`. */
  readonly opaque: readonly string[]
}

export interface Tokens {
  readonly input?: number
  readonly output?: number
}

/** What a request asks for. */
export interface Asked {
  readonly model: string
  readonly stream: boolean
  /** Events of a streamed reply that not every caller gets, and this one asked for, in the dialect's words (`usage`). */
  readonly wants: readonly string[]
  /** Parts that can't be inspected: of the request, and those that it would put into the reply, such as `logprobs`. */
  readonly opaque: readonly string[]
  readonly opaqueReply: readonly string[]
  /** Parts that reach beyond this exchange: state kept at the model server, tools or addresses that it would call. */
  readonly beyond: readonly string[]
}

/** A request, understood. Throws of `readRequest` are SluiceErrors with ERR_REQUEST_INVALID. */
export interface RequestReading extends Reading, Asked {
  /** The body to send on: `texts` replaces pieces (by position in `pieces`), `model` the name that the upstream knows. */
  encode(texts: ReadonlyMap<number, string>, model: string | undefined): string
}

export interface ReplyReading extends Reading {
  readonly tokens: Tokens | undefined
  /** Views of the text that the server adds unasked, such as token ids: taken out where the reply is masked. */
  readonly withheld?: readonly Splice[]
}

/** One event of a streamed reply. */
export interface EventReading extends ReplyReading {
  /** Channels that are over with this event, by prefix of their key up to a `/`: their tails leave before it. `''` ends all. */
  readonly ends: readonly string[]
  /** Prefixes of channels that wait no longer, if this event gives them no text: another one speaks now. They may go on. */
  readonly rests: readonly string[]
  /** Prefix of the channels that this event has for itself: they are whole, and no later event names them. */
  readonly own: string | undefined
  /** The reply's last event: what follows is ignored. */
  readonly terminal: boolean
  /** Not for this caller: asked for by the gateway, such as a usage chunk. */
  readonly dropped: boolean
}

/**
 * Reads one stream's events; keeps what it learns of the stream's skeleton. A shape that it does not know is `opaque`.
 * Throws DialectError on what is no JSON, and ERR_UPSTREAM_FAILED where the model server tells of an error.
 */
export interface EventReader {
  read(frame: { readonly name: string; readonly data: string }): EventReading
}

/** Bytes of a streamed reply → frames. Throws FramingError. */
export interface FrameDecoder {
  push(chunk: Buffer): readonly Frame[]
  end(): readonly Frame[]
}

/** One frame; `source.subarray(start, end)` is what to send on where nothing changes. */
export interface Frame {
  readonly name: string
  readonly data: string
  readonly source: Buffer
  readonly start: number
  readonly end: number
}

/** The upstream spoke something that this dialect does not know. The message never quotes it. */
export class DialectError extends Error {
  override readonly name = 'DialectError'
}

/** How the frames of a stream are cut and written. */
export interface Framing {
  /** The content type of a streamed reply. */
  readonly type: string
  decoder(maxFrame: number): FrameDecoder
  /** One frame in the spelling that every client of the dialect reads. */
  encode(data: string, name: string): Buffer
  /** Changes nothing for a client that waits, and keeps it waiting. */
  readonly keepAlive: Buffer
  /** Clients that asked for a stream read one JSON document as well, and some servers answer so. */
  readonly mayBeWhole?: true
}

/** One call of the API that reaches the model server. */
export interface Operation {
  /** As entries name it: `chat`, `count-tokens`. */
  readonly name: string
  /** Below a model's upstream URL; below its origin's own path, without the `/v1` at its end, where it is `beside`. */
  readonly upstreamPath: string
  readonly beside?: true
  /** `headers`: those that the dialect sends on. */
  readRequest(body: string, headers: CallerHeaders): RequestReading
  readReply(body: string): ReplyReading
  /** Reads the events of one streamed reply to such a request. */
  events(asked: Pick<Asked, 'wants'>): EventReader
}

/** What the gateway answers by itself: which models there are, and what they can do. */
export interface Discovery {
  /** Answers with a JSON body. `body` is the request's, '' where it has none. Throws ERR_REQUEST_INVALID and ERR_MODEL_UNKNOWN. */
  answer(models: readonly ModelView[], body: string): string
  /** Whether the answer names no model, so that anybody may ask. */
  readonly open?: boolean
}

/** A model that the caller may use, and the names of the dialects that it is reached by. */
export interface ModelView {
  readonly name: string
  readonly dialects: readonly string[]
  /** How many tokens it takes, where the operator has said. */
  readonly contextLength?: number | undefined
}

/** Request headers, by name in lower case. */
export type CallerHeaders = Readonly<Record<string, string>>

export type Route =
  | { readonly kind: 'operation'; readonly operation: Operation }
  | { readonly kind: 'discovery'; readonly discovery: Discovery }

/** One model API. The gateway knows nothing of an API but what stands here. */
export interface Dialect {
  readonly name: string
  /** Paths whose errors are told in this dialect, also where there is nothing. */
  readonly paths: RegExp
  /** What there is at a path; undefined where there is nothing. */
  route(method: string, path: string): Route | undefined
  readonly framing: Framing
  /** The caller's headers that its API needs, in lower case, and what each may hold; no others are sent on. */
  readonly headers: Readonly<Record<string, RegExp>>
  /** An error or a denial as the dialect's clients read it: JSON. `requestId` is the gateway's; a tunnel has none. */
  error(error: SluiceError, requestId?: string): string
  /** The same inside a stream that has begun, with whatever ends the stream. */
  streamError(error: SluiceError, requestId: string): Buffer
}
