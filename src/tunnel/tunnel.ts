// The tunnel: a loopback listener that guards, attaches the session, and forwards to the gateway.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { SluiceError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import { ollama } from '../dialects/ollama/index.ts'
import { admissionTo, type Admission } from './admission.ts'
import { askedFor, type AskedFor } from './apis.ts'
import { replyWithError } from './error-reply.ts'
import { forward, type ForwardParts } from './forward.ts'
import { answerFront } from './front.ts'
import { isFront, pathOf, refusalOf, unservedPath } from './guard.ts'
import { keyInTarget, withoutKeys } from './key.ts'
import { listenOnLoopback, type PortGot, type PortWish } from './listen.ts'
import { patience } from './patience.ts'
import { pulseOf } from './pulse.ts'
import type { Forwarded } from './send.ts'
import { countTurnedAway } from './turned-away.ts'

/** How one request went; told when it is over. `refused`: the tunnel turned it away; of many such, few are told. */
export interface TunnelExchange extends Omit<Forwarded, 'ended'>, AskedFor {
  readonly ended: Forwarded['ended'] | 'refused'
  /** Epoch milliseconds at which it came in. */
  readonly at: number
  readonly durationMs: number
  readonly method: string
  /** Without its query, and without a key before it. */
  readonly path: string
  /** Of a refused one: how many of its kind were left untold before it. */
  readonly untold?: number
}

export interface TunnelParts extends Omit<ForwardParts, 'pulse' | 'patience'> {
  readonly port: PortWish
  readonly admission: Admission
  readonly clock: Clock
  readonly onExchange: (exchange: TunnelExchange) => void
  /** How long requests wait for a gateway that can't be reached, in milliseconds. */
  readonly patienceMs?: number
  /** How long a gateway may say nothing, and take to answer then, before its connection is held to be lost. */
  readonly silence?: { readonly silenceMs: number; readonly answerMs: number }
}

export interface Tunnel extends PortGot {
  /** Such as `http://127.0.0.1:4141`. */
  readonly url: string
  /**
   * Requests forwarded so far; those of them whose reply broke off, here or at the gateway; those on their way; and
   * those that were turned away.
   */
  counts(): {
    readonly requests: number
    readonly cutOff: number
    readonly inFlight: number
    readonly refused: number
  }
  /** Takes no more requests; resolves when those on their way are over. */
  drain(): Promise<void>
  /** Cuts off what is on its way, and resolves when all is over. */
  close(): Promise<void>
}

export async function openTunnel(parts: TunnelParts): Promise<Tunnel> {
  const { clock, onExchange } = parts
  const notAdmitted = admissionTo(parts.session.current.model.name, parts.admission)
  const turnedAway = countTurnedAway(clock)
  const forwarding = {
    ...parts,
    pulse: pulseOf({ ...parts, ...parts.silence }),
    patience: patience(clock, parts.patienceMs),
  }
  let requests = 0
  let cutOff = 0
  let inFlight = 0
  let draining = false
  let closed = false
  let onIdle: () => void = () => undefined

  const server = createServer(
    // The caller's own patience is the limit of a request; an idle connection is kept for two minutes.
    { keepAliveTimeout: 120_000, headersTimeout: 60_000, requestTimeout: 0 },
    (request, response) => void onRequest(request, response),
  )
  const got = await listenOnLoopback(server, parts.port)
  return {
    ...got,
    url: `http://127.0.0.1:${got.port}`,
    counts: () => ({ requests, cutOff, inFlight, refused: turnedAway.count }),
    drain,
    async close() {
      closed = true
      const drained = drain()
      server.closeAllConnections()
      await drained
    },
  }

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = clock.now()
    const { target, inTarget } = keyInTarget(request.url ?? '')
    request.url = target
    const [method = '', path] = [request.method, withoutKeys(pathOf(target))]
    const tell = (
      forwarded: Omit<TunnelExchange, 'at' | 'durationMs' | 'method' | 'path' | keyof AskedFor>,
    ) =>
      onExchange({
        ...forwarded,
        ...askedFor(method, path),
        at,
        durationMs: clock.now() - at,
        method,
        path,
      })
    // A caller that resets its connection is told by the response's end.
    request.on('error', () => undefined)
    response.on('error', () => undefined)

    const foreign = refusalOf(request)
    if (!foreign && isFront(request)) {
      const asOllama =
        parts.session.current.model.dialects.includes(ollama.name) && !notAdmitted(request, inTarget)
      return answerFront(request, response, { key: parts.admission.key, asOllama })
    }
    const refusal = foreign ?? notAdmitted(request, inTarget) ?? unservedPath(request)
    if (refusal) {
      replyWithError(response, refusal)
      const untold = turnedAway.add(refusal.code)
      if (untold === undefined) return
      return tell({ ended: 'refused', status: refusal.status, error: refusal, ...(untold > 0 && { untold }) })
    }
    if (draining) return replyWithError(response, closing())
    requests++
    inFlight++
    const forwarded = await forward(forwarding, request, response)
    // What ends because the tunnel does was not the caller's doing.
    const ended = forwarded.ended === 'cancelled' && closed ? 'cut-off' : forwarded.ended
    if (ended === 'cut-off') cutOff++
    inFlight--
    tell({ ...forwarded, ended })
    if (draining) setImmediate(() => server.closeIdleConnections())
    if (inFlight === 0) onIdle()
  }

  async function drain(): Promise<void> {
    draining = true
    if (server.listening) server.close()
    if (inFlight > 0) await new Promise<void>((resolve) => (onIdle = chained(onIdle, resolve)))
  }
}

function chained(first: () => void, second: () => void): () => void {
  return () => {
    first()
    second()
  }
}

function closing(): SluiceError {
  return new SluiceError('ERR_GATEWAY_STOPPING', 'The tunnel is closing.', {
    nextSteps: ['sluice connect opens it again.'],
  })
}
