// Sessions by way of the gateway's API (docs/gateway-api.md, "Sessions").
import { SluiceError } from '../base/errors.ts'
import { localTime } from '../base/foreign-time.ts'
import type { ServedModel, Sessions } from './sessions.ts'

// A gateway that is there answers at once.
const ANSWER_MS = 10_000

/** fetch at the gateway, signed in: resolves with successful responses, rejects with the gateway's error. */
export type ApiFetch = (path: string, init?: RequestInit) => Promise<Response>

export interface SessionOf {
  readonly model: string
  readonly client: { readonly host: string; readonly version: string }
}

export function sessionsApi(fetch: ApiFetch, of: SessionOf): Sessions {
  return {
    async open() {
      const [opened, time] = await post<OpenedSession>(fetch, '/api/v1/sessions', of)
      const { id, token, model, subject } = opened
      return {
        id,
        token,
        model: { ...model, dialects: namesIn(model.dialects) },
        subject,
        expiresAt: time(opened.expiresAt),
        signInExpiresAt: time(opened.signInExpiresAt),
      }
    },
    async renew(id) {
      const path = `/api/v1/sessions/${encodeURIComponent(id)}/renew`
      const [renewed, time] = await post<RenewedToken>(fetch, path, {})
      return { token: renewed.token, expiresAt: time(renewed.expiresAt) }
    },
    async close(id) {
      await fetch(`/api/v1/sessions/${encodeURIComponent(id)}`, {
        method: 'DELETE',
        signal: AbortSignal.timeout(2000),
      })
    },
  }
}

/** The models that the caller may use. */
export async function servedModels(fetch: ApiFetch): Promise<readonly ServedModel[]> {
  const response = await fetch('/api/v1/models')
  const { models } = (await response.json()) as { models?: readonly ServedModel[] }
  if (Array.isArray(models) && models.every(({ name }) => typeof name === 'string')) return models
  throw notOurs()
}

interface RenewedToken {
  readonly token: string
  readonly expiresAt: string
}

interface OpenedSession extends RenewedToken {
  readonly id: string
  readonly signInExpiresAt: string
  readonly model: ServedModel
  readonly subject: { readonly id: string; readonly name: string }
}

/** The answer, and what turns a time in it into one of this machine's clock: tokens end by durations, whoever's clock is off. */
async function post<T>(
  fetch: ApiFetch,
  path: string,
  body: object,
): Promise<[answer: T, time: (rfc3339: string) => number]> {
  const signal = AbortSignal.timeout(ANSWER_MS)
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
    const [date, now] = [response.headers.get('date'), Date.now()]
    return [(await response.json()) as T, (rfc3339) => required(localTime(rfc3339, date, now))]
  } catch (error) {
    if (error instanceof SluiceError) throw error
    throw new SluiceError(
      'ERR_GATEWAY_UNREACHABLE',
      signal.aborted ? 'The gateway did not answer in time.' : 'The gateway broke off its answer.',
      { nextSteps: ['Look at your network, VPN or proxy.'], cause: error },
    )
  }
}

// The gateway is another's program.
function namesIn(dialects: unknown): readonly string[] {
  return Array.isArray(dialects) ? dialects.filter((name) => typeof name === 'string') : []
}

function required(time: number): number {
  if (!Number.isNaN(time)) return time
  throw notOurs()
}

function notOurs(): SluiceError {
  return new SluiceError('ERR_GATEWAY_UNREACHABLE', 'The gateway answered, and not as a sluice gateway.')
}
