// How an exchange that threw ends: its outcome first, then the error in the caller's dialect.
import { asSluiceError, SluiceError } from '../base/errors.ts'
import { DialectError } from '../dialects/dialect.ts'
import { FramingError } from '../dialects/sse.ts'
import type { OutcomeStatus } from '../terms/entry.ts'
import { abortOutcome } from './exchange.ts'
import type { GatewayParts } from './parts.ts'
import type { Call } from './pipeline.ts'
import { end } from './reply.ts'

/** Codes after which another attempt may succeed and costs nothing twice: nothing was sent to the model server. */
const RETRYABLE = new Set([
  'ERR_RATE_LIMITED',
  'ERR_UPSTREAM_BUSY',
  'ERR_UPSTREAM_UNREACHABLE',
  'ERR_LEDGER_UNAVAILABLE',
  'ERR_GATEWAY_STOPPING',
])

/** Concludes a failed exchange and tells the caller. Where the outcome can't be made durable, the connection is reset. */
export async function concludeFailure(
  parts: GatewayParts,
  call: Call,
  requestId: string,
  thrown: unknown,
): Promise<SluiceError> {
  const { exchange, response } = call
  const { status, error } = outcomeOf(call, thrown)
  if (exchange.owesOutcome) {
    try {
      await exchange.conclude(status, { ...exchange.ending, error: error.code })
    } catch {
      response.destroy()
      return new SluiceError(
        'ERR_LEDGER_UNAVAILABLE',
        'The outcome could not be recorded; the connection was reset.',
        { cause: thrown },
      )
    }
  } else if (exchange.model === '') parts.metrics.refused(error.code)
  if (response.destroyed) return error
  if (response.headersSent) end(response, exchange, call.dialect.streamError(error, requestId))
  else sendError(call, error, requestId)
  return error
}

function sendError(
  { dialect, exchange, request, response }: Call,
  error: SluiceError,
  requestId: string,
): void {
  response.statusCode = error.status
  response.setHeader('content-type', 'application/json')
  response.setHeader('cache-control', 'no-store')
  if (exchange.summary !== undefined) response.setHeader('trailer', 'sluice-outcome')
  if (!RETRYABLE.has(error.code)) response.setHeader('x-should-retry', 'false')
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer')
  // A body that was not read to its end would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close')
  end(response, exchange, Buffer.from(dialect.error(error, requestId)))
}

function outcomeOf({ exchange }: Call, thrown: unknown): { status: OutcomeStatus; error: SluiceError } {
  if (exchange.abortCause) return abortOutcome(exchange.abortCause)
  if (thrown instanceof DialectError || thrown instanceof FramingError) {
    return {
      status: 'failed',
      error: new SluiceError(
        'ERR_UPSTREAM_INVALID',
        `The model server's reply is not what its API promises: ${thrown.message}.`,
        { cause: thrown },
      ),
    }
  }
  return { status: 'failed', error: asSluiceError(thrown) }
}

/** Stack frames without the message, which could quote what was being worked on. */
export function whereOf(cause: unknown): string[] {
  if (!(cause instanceof Error)) return []
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [cause.name, ...frames.map((line) => line.trim())]
}
