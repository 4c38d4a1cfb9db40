// The CLI's side of OAuth at its gateway: RFC 8252 (native apps), 8628 (device grant), 7009 (revocation), by openid-client.
import * as oauth from 'openid-client'
import { SluiceError } from '../../base/errors.ts'
import type { AuthorizationServer } from '../../login/authorization-server.ts'
import { explain, issued } from './gateway-answers.ts'

const CLIENT_ID = 'sluice-cli'
const SCOPE = 'cli'
// Polls that find no gateway, one a second or slower, before a device login gives up.
const AWAY_AT_MOST = 30

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
          return issued(gateway, await told(oauth.authorizationCodeGrant(server, answer, checks)))
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
          for (let failures = 0; ;) {
            try {
              const polled = oauth.pollDeviceAuthorizationGrant(server, response, {}, { signal })
              return issued(gateway, await told(polled))
            } catch (error) {
              // The code is as good as before: a gateway that restarts while its person clicks is waited for.
              const away = error instanceof SluiceError && error.code === 'ERR_GATEWAY_UNREACHABLE'
              if (!away || signal.aborted || ++failures > AWAY_AT_MOST) throw error
            }
          }
        },
      }
    },

    async refresh(refreshToken) {
      return issued(gateway, await told(oauth.refreshTokenGrant(server, refreshToken)))
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

// A connection kept for the next call, which may be hours away, would be one that a sleep has ended unsaid.
function onceOnly(fetch: typeof globalThis.fetch): oauth.CustomFetch {
  return (url, init) => {
    const headers = new Headers(init.headers)
    headers.set('connection', 'close')
    return fetch(url, { ...init, headers } as RequestInit)
  }
}
