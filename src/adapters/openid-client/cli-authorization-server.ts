// The CLI's side of OAuth at its gateway: RFC 8252 (native apps), 8628 (device grant), 7009 (revocation), by openid-client.
import * as oauth from 'openid-client'
import { SluiceError } from '../../base/errors.ts'
import type { AuthorizationServer, IssuedTokens } from '../../login/authorization-server.ts'
import { signInExpired } from '../../login/tokens.ts'
import { unreachable } from '../../login/unreachable.ts'

const CLIENT_ID = 'sluice-cli'
const SCOPE = 'cli'

export interface CliAuthorizationServerParts {
  /** The gateway's origin, for messages. */
  readonly gateway: string
  readonly issuer: string
  readonly fetch: typeof globalThis.fetch
}

export async function cliAuthorizationServer(
  parts: CliAuthorizationServerParts,
): Promise<AuthorizationServer> {
  const { gateway } = parts
  const told = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call
    } catch (error) {
      throw explain(gateway, error)
    }
  }
  const server = await told(discover(parts))

  return {
    async authorize(redirectUri, machine) {
      const verifier = oauth.randomPKCECodeVerifier()
      const state = oauth.randomState()
      const url = oauth.buildAuthorizationUrl(server, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        machine,
      })
      return {
        url: url.href,
        state,
        async finish(answer) {
          const checks = { pkceCodeVerifier: verifier, expectedState: state }
          return issued(await told(oauth.authorizationCodeGrant(server, answer, checks)))
        },
      }
    },

    async authorizeDevice(machine) {
      const response = await told(oauth.initiateDeviceAuthorization(server, { scope: SCOPE, machine }))
      return {
        userCode: response.user_code,
        verificationUri: response.verification_uri,
        verificationUriComplete: response.verification_uri_complete ?? response.verification_uri,
        async finish(signal) {
          return issued(await told(oauth.pollDeviceAuthorizationGrant(server, response, {}, { signal })))
        },
      }
    },

    async refresh(refreshToken) {
      return issued(await told(oauth.refreshTokenGrant(server, refreshToken)))
    },

    async revoke(refreshToken) {
      await told(oauth.tokenRevocation(server, refreshToken, { token_type_hint: 'refresh_token' }))
    },
  }
}

async function discover(parts: CliAuthorizationServerParts): Promise<oauth.Configuration> {
  const issuer = new URL(parts.issuer)
  return oauth.discovery(issuer, CLIENT_ID, undefined, oauth.None(), {
    algorithm: 'oauth2',
    timeout: 15,
    [oauth.customFetch]: onceOnly(parts.fetch),
    // Plain http reaches here for loopback alone (login/gateway-url.ts).
    ...(issuer.protocol === 'http:' && { execute: [oauth.allowInsecureRequests] }),
  })
}

function issued(response: oauth.TokenEndpointResponse & oauth.TokenEndpointResponseHelpers): IssuedTokens {
  if (response.refresh_token === undefined) {
    throw new SluiceError('ERR_SIGN_IN_REFUSED', 'The gateway issued no refresh token.')
  }
  return {
    accessToken: response.access_token,
    accessTokenExpiresAt: Date.now() + (response.expiresIn() ?? 0) * 1000,
    refreshToken: response.refresh_token,
  }
}

function explain(gateway: string, error: unknown): Error {
  if (error instanceof SluiceError) return error
  if (error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant')
    return signInExpired(gateway, error)
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
  return unreachable(gateway, error)
}

// A connection kept for the next call, which may be hours away, would be one that a sleep has ended unsaid.
function onceOnly(fetch: typeof globalThis.fetch): oauth.CustomFetch {
  return (url, init) => {
    const headers = new Headers(init.headers)
    headers.set('connection', 'close')
    return fetch(url, { ...init, headers } as RequestInit)
  }
}
