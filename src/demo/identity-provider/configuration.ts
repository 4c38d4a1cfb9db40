// What oidc-provider is told for the development identity provider.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Configuration, JWK } from 'oidc-provider'
import { inMemory } from './memory.ts'
import { PEOPLE } from './people.ts'

export interface RegisteredClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
}

/** One client, code flow with PKCE, claims of the example people; keys are new at each start. */
export function configuration(client: RegisteredClient): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    adapter: inMemory(),
    jwks: { keys: [{ ...(privateKey.export({ format: 'jwk' }) as JWK), alg: 'ES256', use: 'sig' }] },
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [...client.redirectUris],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
        // For a web client the library asks for https, which loopback doesn't have.
        application_type: 'native',
      },
    ],
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: ['openid', 'profile', 'email', 'groups'],
    responseTypes: ['code'],
    conformIdTokenClaims: false,
    clientBasedCORS: () => false,
    interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      IdToken: 300,
      Interaction: 600,
      Session: 600,
      Grant: 600,
    },
    async findAccount(_ctx, id) {
      const person = PEOPLE.find((one) => one.id === id)
      if (!person) return undefined
      const { email, name, groups } = person
      return {
        accountId: id,
        claims: () => ({
          sub: id,
          name,
          preferred_username: id,
          email,
          email_verified: true,
          groups: [...groups],
        }),
      }
    },
    async renderError(ctx, out) {
      ctx.type = 'text/plain'
      ctx.body = `${out.error_description ?? out.error}\n`
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
  }
}
