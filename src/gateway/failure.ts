// How an exchange that threw ends: its outcome first, then the error in the caller's dialect.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { asSluiceError, SluiceError } from '../base/errors.ts'
import { DialectError } from '../dialects/dialect.ts'
import { FramingError } from '../dialects/sse.ts'
import type { OutcomeStatus } from '../terms/entry.ts'
import { abortOutcome } from './exchange.ts'
import type { GatewayParts } from './parts.ts'
import type { Call } from './call.ts'
import { announceEntry, announceOutcome, end } from './reply.ts'
import { notPromised } from './reply-refusals.ts'

/** Codes after which another attempt may succeed and costs nothing twice: nothing was sent to the model server. */
const RETRYABLE = new Set([
  'ERR_RATE_LIMITED',
  'ERR_CALLER_TOO_SLOW',
  'ERR_GATEWAY_BUSY',
  'ERR_UPSTREAM_BUSY',
  'ERR_UPSTREAM_UNREACHABLE',
  'ERR_LEDGER_UNAVAILABLE',
  'ERR_GATEWAY_STOPPING',
])

/** Whom an error is told, and how. */
type Told = Pick<Call, 'dialect' | 'request' | 'response'>

/** How long a caller may go on sending a body that was refused, so that it comes to read why. */
const LINGER_MS = 5_000
/** How long the end of a failed exchange may take to reach its caller. */
const LAST_WORDS_MS = 60_000

/** Concludes a failed exchange and tells the caller. Where the outcome can't be made durable, the connection is reset. */
export async function concludeFailure(
  parts: GatewayParts,
  call: Call,
  requestId: string,
  thrown: unknown,
): Promise<SluiceError> {
  const { exchange, response } = call
  const outcome = outcomeOf(call, thrown)
  let { error } = outcome
  // What fails here leaves the exchange unrecorded, as a completed one whose outcome failed has been already.
  if (exchange.owesOutcome) {
    await exchange.conclude(outcome.status, { ...exchange.ending, error: error.code }).catch(() => undefined)
  } else if (!exchange.isDecided) {
    error = await recordRefusal(call, error)
    parts.metrics.refused(error.code)
  }
  if (exchange.isUnrecorded) {
    reset(response)
    return new SluiceError(
      'ERR_LEDGER_UNAVAILABLE',
      'The outcome could not be recorded; the connection was reset.',
      { cause: thrown },
    )
  }
  if (response.destroyed) return error
  if (response.headersSent) end(response, exchange, call.dialect.streamError(error, requestId))
  else sendError(call, error, requestId)
  // A caller who does not read holds on to nothing for longer than this.
  const timer = setTimeout(() => response.destroy(), LAST_WORDS_MS)
  response.once('close', () => clearTimeout(timer))
  return error
}

/** The error to tell: the ledger's, where the refusal can't be made durable. */
async function recordRefusal(call: Call, error: SluiceError): Promise<SluiceError> {
  const { exchange, response } = call
  try {
    const entry = await exchange.refuse(call, error.code)
    if (entry !== undefined) announceEntry(response, exchange, entry)
    return error
  } catch (thrown) {
    return asSluiceError(thrown)
  }
}

/** Tells the error in the dialect; the connection serves on where the whole request has come. */
function sendError(call: Call, error: SluiceError, requestId: string): void {
  const { exchange, request, response } = call
  const body = headError(call, error, requestId)
  if (!exchange.isDecided) response.setHeader('sluice-sent', 'no')
  // Once it was decided it may have cost something already.
  else if (error.code === 'ERR_GATEWAY_STOPPING') response.setHeader('x-should-retry', 'false')
  if (exchange.summary !== undefined) announceOutcome(response)
  if (request.complete) end(response, exchange, body)
  else endAfterBody(request, response, body)
}

/** Refuses what is no exchange: the request's head is not to be trusted, nor where its body ends. */
export function refuseHead(call: Told, error: SluiceError, requestId: string): void {
  endAfterBody(call.request, call.response, headError(call, error, requestId))
}

/** Sets status and headers; returns the body. */
function headError({ dialect, response }: Told, error: SluiceError, requestId: string): Buffer {
  const body = Buffer.from(dialect.error(error, requestId))
  response.statusCode = error.status
  response.setHeader('content-type', 'application/json')
  response.setHeader('cache-control', 'no-store')
  if (!RETRYABLE.has(error.code)) response.setHeader('x-should-retry', 'false')
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer')
  return body
}

/**
 * Sends the whole reply, then lets the rest of the body come for a while before the connection closes: bytes that
 * nobody reads would reset it, and the caller would lose the reply (RFC 9112 §9.6).
 */
function endAfterBody(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  response.setHeader('connection', 'close')
  response.setHeader('content-length', body.length)
  response.removeHeader('trailer')
  response.write(body)
  const close = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(close, LINGER_MS)
  // Nothing more comes of who has ended his side already.
  if (request.socket.readableEnded) return close()
  request.once('end', close).once('close', close)
  request.resume()
}

/** Ends the connection so that no reader can take what it got for a whole reply. */
function reset(response: ServerResponse): void {
  const { socket } = response
  // TLS has no reset of its own, and needs none: its end is told by a message, which does not come.
  if (socket && !('encrypted' in socket)) socket.resetAndDestroy()
  response.destroy()
}

function outcomeOf({ exchange }: Call, thrown: unknown): { status: OutcomeStatus; error: SluiceError } {
  if (exchange.abortCause) return abortOutcome(exchange.abortCause)
  if (thrown instanceof DialectError || thrown instanceof FramingError) {
    return { status: 'failed', error: notPromised(thrown) }
  }
  return { status: 'failed', error: asSluiceError(thrown) }
}

/** Stack frames without the message, which could quote what was being worked on. */
export function whereOf(cause: unknown): string[] {
  if (!(cause instanceof Error)) return []
  const stack = (cause.stack ?? '').replace(cause.message, '')
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return [cause.name, ...frames.map((line) => line.trim())]
}
