// One request, forwarded to the gateway and its reply passed back: bytes as they come, backpressure both ways.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { SluiceError } from '../base/errors.ts'
import type { FindingCounts } from '../terms/finding.ts'
import { replyWithError } from './error-reply.ts'
import { towardsCaller, towardsGateway } from './headers.ts'
import type { LiveSession } from './live-session.ts'
import { parseCounts, parseOutcome, type Outcome } from './outcome.ts'
import { refusalReader, type RefusalReader } from './refusal.ts'

export interface ForwardParts {
  readonly gatewayUrl: string
  readonly dispatcher: Dispatcher
  readonly session: LiveSession
  /** Words for a gateway that could not be reached. */
  readonly unreachable: (cause: unknown) => SluiceError
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
}

/** Never rejects. A caller that goes away ends the request at the gateway at once. */
export async function forward(
  parts: ForwardParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Forwarded> {
  try {
    const token = await parts.session.token()
    if (response.destroyed) return { ended: 'cancelled' }
    const first = await send(parts, token, request, response)
    if (first !== 'refused') return first
    parts.session.refused(token)
    // The session's end was news. What went with the request is gone, so only one without a body is sent again.
    const other = await parts.session.token()
    const second = hasBody(request) ? 'refused' : await send(parts, other, request, response)
    if (second !== 'refused') return second
    throw new SluiceError(
      'ERR_TOKEN_INVALID',
      'The session at the gateway had ended; it is open again now.',
      {
        status: 503,
        nextSteps: ['Send the request again.'],
      },
    )
  } catch (thrown) {
    if (response.destroyed) return { ended: 'cancelled' }
    const error = thrown instanceof SluiceError ? thrown : parts.unreachable(thrown)
    replyWithError(response, error)
    return { ended: 'failed', status: error.status, error }
  }
}

/** Rejects where the gateway could not be reached, and nothing has left towards the caller. */
function send(
  { gatewayUrl, dispatcher }: ForwardParts,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Forwarded | 'refused'> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let reply: Pick<Forwarded, 'status' | 'exchange' | 'entry' | 'masked'> = {}
    let refusal: RefusalReader | undefined
    const onGone = () => controller?.abort(new Error('the caller went away'))
    const onDrain = () => controller?.resume()
    response.on('close', onGone).on('drain', onDrain)
    const settle = (settled: () => void) => {
      response.off('close', onGone).off('drain', onDrain)
      // What the gateway did not want to read is let go, so that the caller reads the reply.
      request.resume()
      settled()
    }

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        if (response.destroyed) onGone()
      },
      onResponseStart(_, statusCode, headers, statusMessage) {
        if (statusCode < 200) return
        status = statusCode
        if (status === 401) return
        const { 'sluice-exchange': exchange, 'sluice-entry': entry } = headers
        const masked = parseCounts(headers['sluice-masked'])
        refusal = refusalReader(status, headers)
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
        if (status === 401) return
        refusal?.push(chunk)
        if (!response.write(chunk)) controller.pause()
      },
      onResponseEnd(_, trailers) {
        if (status === 401) return settle(() => resolve('refused'))
        const outcome = parseOutcome(trailers?.['sluice-outcome'])
        const reason = refusal?.reason()
        const told = { ...reply, ...(outcome && { outcome }), ...(reason !== undefined && { reason }) }
        response.end(() => settle(() => resolve({ ended: 'finished', ...told })))
      },
      onResponseError(_, error) {
        settle(() => {
          if (response.destroyed) resolve({ ended: 'cancelled', ...reply })
          else if (response.headersSent) {
            // A reply that broke off must not look whole: the connection is reset.
            response.destroy()
            resolve({ ended: 'cut-off', ...reply })
          } else reject(error)
        })
      },
    }
    dispatcher.dispatch(
      {
        origin: gatewayUrl,
        path: request.url ?? '/',
        method: request.method as Dispatcher.HttpMethod,
        headers: towardsGateway(request.rawHeaders, request.headers.connection, token),
        body: hasBody(request) ? bodyOf(request) : null,
        // A model may think for minutes before its first word and between two: the gateway has the limits.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    )
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

// Through an iterator that leaves the request standing: were it destroyed when the gateway replies early, the caller's
// connection would go with it, and the reply too.
function bodyOf(request: IncomingMessage): Readable {
  return Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false })
}
