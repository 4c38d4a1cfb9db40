// Calls to a gateway's API with the caller's token: errors come back as SluiceErrors (docs/gateway-api.md).
import { type ErrorCode, ERRORS, SluiceError } from '../base/errors.ts'
import { signInExpired, type Tokens } from './tokens.ts'
import { unreachable } from './unreachable.ts'

export interface GatewayApiParts {
  readonly gateway: string
  readonly fetch: () => Promise<typeof globalThis.fetch>
  readonly tokens: Tokens
}

/**
 * A fetch of `path` at the gateway, with a bearer token. Resolves with a successful response only; rejects with the
 * gateway's own error. A token that the gateway refuses is refreshed, and the request sent once more.
 */
export function gatewayFetch(
  parts: GatewayApiParts,
): (path: string, init?: RequestInit) => Promise<Response> {
  const send = async (path: string, init: RequestInit, token: string): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    // Calls are rare: a connection kept for the next would be one that a sleep or another network has ended unsaid.
    if (!headers.has('connection')) headers.set('connection', 'close')
    const fetch = await parts.fetch()
    try {
      return await fetch(`${parts.gateway}${path}`, { ...init, headers, redirect: 'error' })
    } catch (error) {
      if (init.signal?.aborted) throw error
      throw unreachable(parts.gateway, error)
    }
  }
  return async (path, init = {}) => {
    const token = await parts.tokens.accessToken()
    let response = await send(path, init, token)
    if (response.status === 401) {
      await response.body?.cancel()
      response = await send(path, init, await parts.tokens.accessToken(token))
      if (response.status === 401) throw signInExpired(parts.gateway)
    }
    if (response.ok) return response
    throw await errorOf(response, parts.gateway)
  }
}

/** The error that a response of the API carries. */
export async function errorOf(response: Response, gateway: string): Promise<SluiceError> {
  const body: unknown = await response.json().catch(() => undefined)
  const error = (body as { error?: Record<string, unknown> } | undefined)?.error
  const code = error?.['code']
  if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code)) {
    return new SluiceError(
      'ERR_GATEWAY_UNREACHABLE',
      `${gateway} answered ${response.status}, and not as a sluice gateway.`,
      {
        nextSteps: ['Is this the address of a gateway?'],
      },
    )
  }
  const steps = error?.['nextSteps']
  const request = error?.['requestId']
  const message = typeof error?.['message'] === 'string' ? error['message'] : 'The gateway refused.'
  return new SluiceError(
    code as ErrorCode,
    typeof request === 'string' ? `${message} (${request})` : message,
    {
      nextSteps: Array.isArray(steps) ? steps.filter((step) => typeof step === 'string') : [],
    },
  )
}
