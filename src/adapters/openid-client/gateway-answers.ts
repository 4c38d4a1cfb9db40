// What a gateway's authorization server answers its CLI: tokens, checked before anything is stored, or why there are none.
import * as oauth from 'openid-client'
import { SluiceError } from '../../base/errors.ts'
import type { IssuedTokens } from '../../login/authorization-server.ts'
import { signInExpired } from '../../login/tokens.ts'
import { unreachable } from '../../login/unreachable.ts'

// Both fit into one secret of any keychain.
const TOKEN = /^[\x21-\x7e]{1,1000}$/
const LONGEST_S = 86_400

/** The tokens of a token response; their end by this machine's clock. Throws ERR_GATEWAY_UNREACHABLE where they can't be any. */
export function issued(
  gateway: string,
  response: oauth.TokenEndpointResponse & oauth.TokenEndpointResponseHelpers,
): IssuedTokens {
  const { access_token: accessToken, refresh_token: refreshToken = '' } = response
  const seconds = response.expiresIn() ?? 0
  if (!TOKEN.test(accessToken) || !TOKEN.test(refreshToken) || !(seconds > 0 && seconds <= LONGEST_S)) {
    throw new SluiceError(
      'ERR_GATEWAY_UNREACHABLE',
      `${gateway} issued tokens, and not as a sluice gateway does.`,
      {
        nextSteps: ['Is this the address of a gateway, and of the version of this CLI?'],
      },
    )
  }
  return { accessToken, accessTokenExpiresAt: Date.now() + seconds * 1000, refreshToken }
}

/** Any failure of a call to the authorization server, in the registry's words. */
export function explain(gateway: string, error: unknown): Error {
  if (error instanceof SluiceError) return error
  if (error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant')
    return signInExpired(gateway, error)
  if (error instanceof oauth.ResponseBodyError && error.error === 'slow_down') return tooOften(gateway, error)
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    if (error.error === 'expired_token') {
      return new SluiceError('ERR_SIGN_IN_EXPIRED', 'The code was not used in time.', {
        nextSteps: ['sluice login'],
      })
    }
    const why = error.error === 'access_denied' ? (error.error_description ?? 'it was denied') : error.error
    return new SluiceError('ERR_SIGN_IN_REFUSED', `The sign-in at ${gateway} was refused: ${why}.`, {
      nextSteps: ['sluice login'],
      cause: error,
    })
  }
  const status = statusOf(error)
  if (status === undefined) return unreachable(gateway, error)
  return new SluiceError('ERR_GATEWAY_UNREACHABLE', `${gateway} answered HTTP ${status}.`, {
    nextSteps: ['Try again in a moment, or tell whoever runs the gateway.'],
    cause: error,
  })
}

function tooOften(gateway: string, error: oauth.ResponseBodyError): SluiceError {
  const wait = error.response.headers.get('retry-after') ?? ''
  return new SluiceError('ERR_RATE_LIMITED', `${gateway} was asked too often from this address.`, {
    nextSteps: [/^\d{1,4}$/.test(wait) ? `Try again in ${wait} s.` : 'Try again in a minute.'],
    cause: error,
  })
}

// An answer that is no answer of an authorization server is the cause of the library's error.
function statusOf(error: unknown): number | undefined {
  const { cause } = error as Error
  return cause instanceof Response ? cause.status : undefined
}
