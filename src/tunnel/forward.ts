// One request, brought to the gateway: sent again while it is sure that none of it has reached a model, else never.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SluiceError } from '../base/errors.ts'
import { brokenOff } from './broken-off.ts'
import { replyWithError } from './error-reply.ts'
import { type KeptBody, keptBody } from './kept-body.ts'
import type { LiveSession } from './live-session.ts'
import type { Patience } from './patience.ts'
import { type Forwarded, send, type SendParts } from './send.ts'
import { isUnsent, isWorthAnother } from './unsent.ts'

export interface ForwardParts extends SendParts {
  readonly session: LiveSession
  readonly patience: Patience
  /** Words for a gateway that could not be reached. */
  readonly unreachable: (cause: unknown) => SluiceError
}

/** Never rejects. A caller that goes away ends the request at the gateway at once. */
export async function forward(
  parts: ForwardParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Forwarded> {
  try {
    return await bring(parts, request, response, keptBody(request))
  } catch (thrown) {
    if (response.destroyed) return { ended: 'cancelled' }
    const sent = !(thrown instanceof SluiceError || isUnsent(thrown))
    const error = sent ? brokenOff(parts.gatewayUrl, thrown, 'before') : asUnreachable(parts, thrown)
    replyWithError(response, error, { again: !sent && error.status >= 500 })
    return { ended: 'failed', status: error.status, error }
  } finally {
    // What the gateway did not want to read is let go, so that the caller reads the reply.
    request.resume()
  }
}

async function bring(
  parts: ForwardParts,
  request: IncomingMessage,
  response: ServerResponse,
  body: KeptBody | undefined,
): Promise<Forwarded> {
  const wait = parts.patience.begin()
  let renewed = false
  for (let tries = 1; ; tries++) {
    let pause: number
    const mayRepeat = () => !wait.isOver && (body?.isWhole ?? true)
    try {
      const token = await parts.session.token()
      if (response.destroyed) return { ended: 'cancelled' }
      const sent = await send(parts, { token, request, response, body, mayRepeat })
      wait.met()
      if (!('heldBack' in sent)) return tries > 1 ? { ...sent, tries } : sent
      if (sent.status === 401) {
        parts.session.refused(token)
        // The session's end was news: it is renewed at once.
        if (renewed || !(body ? body.isWhole && sent.unsent : true)) throw await reopened(parts)
        renewed = true
        continue
      }
      pause = Math.max(wait.next() ?? 0, sent.retryAfterMs)
    } catch (thrown) {
      const next = isWorthAnother(thrown) && (body?.isWhole ?? true) ? wait.next() : undefined
      if (next === undefined) throw thrown
      pause = next
    }
    await passed(pause, response)
    if (response.destroyed) return { ended: 'cancelled' }
  }
}

/** Resolves after a while, or as soon as the caller has gone. */
function passed(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer)
      response.off('close', settle)
      resolve()
    }
    const timer = setTimeout(settle, ms)
    response.once('close', settle)
  })
}

async function reopened({ session }: ForwardParts): Promise<SluiceError> {
  await session.token()
  return new SluiceError('ERR_TOKEN_INVALID', 'The session at the gateway had ended; it is open again now.', {
    status: 503,
    nextSteps: ['Send the request again.'],
  })
}

function asUnreachable({ unreachable }: ForwardParts, thrown: unknown): SluiceError {
  return thrown instanceof SluiceError ? thrown : unreachable(thrown)
}
