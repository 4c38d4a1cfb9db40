// Federation with the company's OIDC issuer: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0).
import * as oidc from 'openid-client'
import type { Federation, Person } from '../../identity/federation.ts'
import { checkIdToken, explain, refused, unreachable } from './provider-faults.ts'

export interface OidcFederationParts {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: string | undefined
  readonly scopes: readonly string[]
  /** The claim that lists a person's groups. */
  readonly groupsClaim: string
  /** `<publicUrl>/signin/callback`. */
  readonly callbackUrl: string
  readonly fetch: typeof globalThis.fetch
}

const METADATA_GOOD_MS = 3_600_000

export function oidcFederation(parts: OidcFederationParts): Federation {
  let discovered: { readonly at: number; readonly provider: Promise<oidc.Configuration> } | undefined

  // Asked for at the first sign-in, not at the start: a gateway outlives a provider that is down for a while.
  const provider = async (): Promise<oidc.Configuration> => {
    if (!discovered || Date.now() - discovered.at > METADATA_GOOD_MS) {
      discovered = { at: Date.now(), provider: discover(parts) }
      discovered.provider.catch(() => (discovered = undefined))
    }
    try {
      return await discovered.provider
    } catch (error) {
      throw unreachable(parts.issuer, error)
    }
  }

  return {
    async depart() {
      const departure = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const url = oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: parts.callbackUrl,
        scope: parts.scopes.join(' '),
        code_challenge: await oidc.calculatePKCECodeChallenge(departure.verifier),
        code_challenge_method: 'S256',
        state: departure.state,
        nonce: departure.nonce,
      })
      return { url: url.href, departure }
    },

    async arrive(callback, { state, nonce, verifier }) {
      const server = await provider()
      try {
        const tokens = await oidc.authorizationCodeGrant(server, callback, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        })
        const claims: Claims = tokens.claims() ?? {}
        checkIdToken(claims, parts.clientId)
        const whole =
          parts.groupsClaim in claims || !server.serverMetadata().userinfo_endpoint
            ? claims
            : { ...(await oidc.fetchUserInfo(server, tokens.access_token, String(claims['sub']))), ...claims }
        return personOf(whole, parts)
      } catch (error) {
        throw explain(parts.issuer, error)
      }
    },
  }
}

type Claims = Readonly<Record<string, unknown>>

/** The person that an ID token and user info describe. An address that the provider calls unverified is no name. */
export function personOf(claims: Claims, parts: Pick<OidcFederationParts, 'issuer' | 'groupsClaim'>): Person {
  const text = (name: string): string | undefined => {
    const value = claims[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const providerSubject = text('sub')
  if (providerSubject === undefined) throw refused('the identity provider named nobody')
  const email = claims['email_verified'] === false ? undefined : text('email')
  const groups = claims[parts.groupsClaim]
  return {
    provider: parts.issuer,
    providerSubject,
    name: email ?? text('preferred_username') ?? text('name') ?? providerSubject,
    groups: (Array.isArray(groups) ? groups : [groups]).filter((group) => typeof group === 'string'),
  }
}

async function discover(parts: OidcFederationParts): Promise<oidc.Configuration> {
  const issuer = new URL(parts.issuer)
  const authentication =
    parts.clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(parts.clientSecret)
  return oidc.discovery(issuer, parts.clientId, undefined, authentication, {
    timeout: 10,
    [oidc.customFetch]: parts.fetch as oidc.CustomFetch,
    execute: [
      // By default the library trusts the connection that an ID token came over, not its signature.
      oidc.enableNonRepudiationChecks,
      // The configuration lets plain http pass on loopback alone.
      ...(issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
    ],
  })
}
