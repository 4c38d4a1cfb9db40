// One attempt: a request sent to the gateway, and its reply passed back, bytes as they come, backpressure both ways.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { SluiceError } from '../base/errors.ts'
import type { FindingCounts } from '../terms/finding.ts'
import { breakOff, brokenOff, type EventCut, eventCut, SilenceError } from './broken-off.ts'
import { towardsCaller, towardsGateway } from './headers.ts'
import type { KeptBody } from './kept-body.ts'
import { parseCounts, parseOutcome, type Outcome } from './outcome.ts'
import type { Pulse } from './pulse.ts'
import { refusalReader, type RefusalReader } from './refusal.ts'

export interface SendParts {
  readonly gatewayUrl: string
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>
  readonly pulse: Pulse
}

export interface Forwarded {
  /**
   * `finished`: the whole reply has left · `cancelled`: the caller went away · `cut-off`: the gateway's reply broke off ·
   * `failed`: the gateway gave none, `error` says why.
   */
  readonly ended: 'finished' | 'cancelled' | 'cut-off' | 'failed'
  readonly status?: number
  readonly exchange?: string
  /** The decision entry's index. */
  readonly entry?: number
  readonly outcome?: Outcome
  /** What was masked in the request, as the reply's head tells: known even where there is no outcome. */
  readonly masked?: FindingCounts
  /** The gateway's message, where it refused. */
  readonly reason?: string
  readonly error?: SluiceError
  /** How often it was sent, where that is more than once. */
  readonly tries?: number
}

/** A reply that the caller does not get, so that the request can be sent again. */
export interface HeldBack {
  readonly heldBack: true
  readonly status: number
  /** Nothing of it went to a model, as the gateway says. */
  readonly unsent: boolean
  readonly retryAfterMs: number
}

export interface Attempt {
  readonly token: string
  readonly request: IncomingMessage
  readonly body: KeptBody | undefined
  readonly response: ServerResponse
  /** Whether there may be another attempt, where the gateway is busy and nothing went to a model. */
  readonly mayRepeat: () => boolean
}

/** Rejects where there was no reply, and nothing has left towards the caller. */
export function send(parts: SendParts, attempt: Attempt): Promise<Forwarded | HeldBack> {
  const { request, response, body, mayRepeat } = attempt
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let reply: Pick<Forwarded, 'status' | 'exchange' | 'entry' | 'masked'> = {}
    let held: HeldBack | undefined
    let refusal: RefusalReader | undefined
    let cut: EventCut | undefined
    const followed = parts.pulse.follow(() => controller?.abort(new SilenceError()))
    const onGone = () => controller?.abort(new Error('the caller went away'))
    const onDrain = () => controller?.resume()
    response.on('close', onGone).on('drain', onDrain)
    const settle = (settled: () => void) => {
      followed.end()
      response.off('close', onGone).off('drain', onDrain)
      settled()
    }

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        if (response.destroyed) onGone()
      },
      onResponseStart(_, status, headers, statusMessage) {
        followed.heard()
        if (status < 200) return
        const unsent = headers['sluice-sent'] === 'no'
        if (status === 401 || (status === 503 && unsent && mayRepeat())) {
          held = { heldBack: true, status, unsent, retryAfterMs: retryAfterMs(headers['retry-after']) }
          return
        }
        const { 'sluice-exchange': exchange, 'sluice-entry': entry } = headers
        const masked = parseCounts(headers['sluice-masked'])
        refusal = refusalReader(status, headers)
        cut = typeof exchange === 'string' ? eventCut(headers) : undefined
        reply = {
          status,
          ...(typeof exchange === 'string' && { exchange }),
          ...(typeof entry === 'string' && /^\d{1,15}$/.test(entry) && { entry: Number(entry) }),
          ...(masked && { masked }),
        }
        response.writeHead(status, statusMessage, towardsCaller(headers))
        response.flushHeaders()
      },
      onResponseData(controller, chunk) {
        followed.heard()
        if (held) return
        refusal?.push(chunk)
        cut?.push(chunk)
        if (!response.write(chunk)) controller.pause()
      },
      onResponseEnd(_, trailers) {
        if (held) return settle(() => resolve(held as HeldBack))
        const outcome = parseOutcome(trailers?.['sluice-outcome'])
        const reason = refusal?.reason()
        const told = { ...reply, ...(outcome && { outcome }), ...(reason !== undefined && { reason }) }
        response.end(() => settle(() => resolve({ ended: 'finished', ...told })))
      },
      onResponseError(_, error) {
        settle(() => {
          if (response.destroyed) resolve({ ended: 'cancelled', ...reply })
          else if (held) resolve(held)
          else if (response.headersSent) {
            // One that broke off must not look whole.
            breakOff(
              response,
              cut,
              brokenOff(parts.gatewayUrl, error, 'in the middle of'),
              reply.exchange ?? '',
            )
            resolve({ ended: 'cut-off', ...reply })
          } else reject(error)
        })
      },
    }
    parts.dispatcher.dispatch(
      {
        origin: parts.gatewayUrl,
        path: request.url ?? '/',
        method: request.method as Dispatcher.HttpMethod,
        headers: towardsGateway(request.rawHeaders, request.headers.connection, attempt.token),
        body: body?.open() ?? null,
        // A model may think for minutes before its first word and between two: the gateway has the limits.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    )
  })
}

// What asks for longer is not waited for as long: the caller's patience is not known.
function retryAfterMs(seconds: unknown): number {
  return typeof seconds === 'string' && /^\d+$/.test(seconds) ? Math.min(Number(seconds) * 1000, 5_000) : 0
}
