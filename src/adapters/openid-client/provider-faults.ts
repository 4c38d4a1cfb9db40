// Why an identity provider's answer is not taken, in words that say what to do. Never a value of it.
import * as oidc from 'openid-client'
import { SluiceError } from '../../base/errors.ts'

/** How far ahead of the gateway's clock a token may be issued, in seconds. */
const AHEAD_AT_MOST = 300

/** What goes beyond the library's checks (OpenID Connect Core 1.0 §3.1.3.7, 5 and 10). Throws ERR_SIGN_IN_REFUSED. */
export function checkIdToken(claims: { readonly [name: string]: unknown }, clientId: string): void {
  if (claims['azp'] !== undefined && claims['azp'] !== clientId) throw notHolding('azp')
  const now = Math.floor(Date.now() / 1000)
  if (typeof claims['iat'] === 'number' && claims['iat'] > now + AHEAD_AT_MOST) throw untimely(claims, now)
}

/** Any failure of the exchange with the provider: ERR_SIGN_IN_REFUSED, or ERR_UPSTREAM_UNREACHABLE. */
export function explain(issuer: string, error: unknown): SluiceError {
  if (error instanceof SluiceError) return error
  if (error instanceof oidc.AuthorizationResponseError) {
    return refused(`the identity provider answered ${error.error}`, error)
  }
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.WWWAuthenticateChallengeError) {
    if (isAboutTheGateway(error)) {
      return refused(
        'the identity provider does not know the gateway by its identity.client_id and client_secret; ' +
          'tell whoever runs the gateway',
        error,
      )
    }
    return refused('the identity provider did not accept its own answer', error)
  }
  if (error instanceof oidc.ClientError && error.code !== 'OAUTH_TIMEOUT' && !isNetwork(error)) {
    const { claim, claims, now } = detailsOf(error)
    if (error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return untimely(claims, now, error)
    return notHolding(claim, error)
  }
  return unreachable(issuer, error)
}

export function refused(why: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_SIGN_IN_REFUSED', why, { cause })
}

export function unreachable(issuer: string, cause: unknown): SluiceError {
  return new SluiceError('ERR_UPSTREAM_UNREACHABLE', `The identity provider ${issuer} can’t be reached.`, {
    nextSteps: ['Try again in a moment, or tell whoever runs the gateway.'],
    cause,
  })
}

// RFC 6749 §5.2: a client that authenticates by the header is answered by a challenge.
function isAboutTheGateway(error: oidc.ResponseBodyError | oidc.WWWAuthenticateChallengeError): boolean {
  return error instanceof oidc.ResponseBodyError
    ? error.error === 'invalid_client' || error.error === 'unauthorized_client'
    : error.cause.some(({ scheme }) => scheme.toLowerCase() === 'basic')
}

function notHolding(claim: string | undefined, cause?: unknown): SluiceError {
  const which = claim === undefined ? '' : ` (${claim} of its ID token)`
  return refused(
    `the answer of the identity provider does not hold${which}; tell whoever runs the gateway`,
    cause,
  )
}

function untimely(claims: { readonly [name: string]: unknown }, now: number, cause?: unknown): SluiceError {
  const times = [`it is ${clockTime(now)} at the gateway`]
  for (const [claim, verb] of [
    ['iat', 'issued'],
    ['exp', 'good until'],
  ] as const) {
    const time = claims[claim]
    if (typeof time === 'number') times.push(`the token was ${verb} ${clockTime(time)}`)
  }
  return refused(
    `by the clock of the gateway the ID token of the identity provider is not good now: ${times.join(', ')}. ` +
      'Have the clocks of both set',
    cause,
  )
}

function clockTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? 'never' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

interface Details {
  readonly claim?: string
  readonly claims: { readonly [name: string]: unknown }
  readonly now: number
}

// The library's errors carry theirs as their cause: what was checked is two levels down.
function detailsOf(error: Error): Details {
  const inner = (error.cause as Error | undefined)?.cause as Partial<Details> | undefined
  const { claim, claims = {}, now = Math.floor(Date.now() / 1000) } = inner ?? {}
  return { claims, now, ...(typeof claim === 'string' && { claim }) }
}

function isNetwork(error: Error): boolean {
  return error.cause instanceof TypeError && error.cause.message === 'fetch failed'
}
