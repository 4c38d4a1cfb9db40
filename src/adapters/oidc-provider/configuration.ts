// What oidc-provider is told: one public native client, two grants, opaque tokens, nothing that isn't used.
import { generateKeyPairSync } from 'node:crypto'
import type { Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider'
import { newId } from '../../base/ids.ts'
import { endPage, problemPage, userCodePage } from '../../gateway/sign-in-pages.ts'
import type { Records } from '../../identity/records.ts'
import type { Subjects } from '../../identity/subjects.ts'
import { recordsAdapter, type RecordsAdapterParts } from './records-adapter.ts'
import type { RefreshTokens } from './refresh-tokens.ts'

/** How long things live, in seconds. */
export interface Lifetimes {
  readonly accessToken: number
  readonly signIn: number
  /** A person's time to answer: the pages, and a device's code. */
  readonly interaction: number
  /** In which a refresh token that was traded may be traded again, if its first answer was lost. */
  readonly refreshGrace: number
}

export interface ConfigurationParts {
  readonly records: Records
  readonly refreshTokens: RefreshTokens
  readonly subjects: Subjects
  readonly endSignIn: RecordsAdapterParts['endSignIn']
  readonly lifetimes: Lifetimes
  readonly cookieKeys: readonly string[]
  /** The user code that a link carried, to fill in. */
  readonly userCodeOf: (ctx: KoaContextWithOIDC) => string | undefined
}

export const CLIENT_ID = 'sluice-cli'
export const SCOPE = 'cli'

export function configuration(parts: ConfigurationParts): Configuration {
  const { lifetimes } = parts
  return {
    adapter: (kind) => (kind === 'RefreshToken' ? parts.refreshTokens.adapter : recordsAdapter(kind, parts)),
    clients: [
      {
        client_id: CLIENT_ID,
        client_name: 'sluice',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    scopes: [SCOPE],
    claims: {},
    responseTypes: ['code'],
    extraParams: ['machine'],
    jwks: { keys: [unusedKey()] },
    clockTolerance: 0,
    clientBasedCORS: () => false,
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    cookies: {
      keys: [...parts.cookieKeys],
      names: { session: 'sluice_session', interaction: 'sluice_interaction', resume: 'sluice_resume' },
    },
    routes: {
      authorization: '/authorize',
      token: '/token',
      revocation: '/revoke',
      code_verification: '/device',
      device_authorization: '/device/authorize',
    },
    interactions: { url: (_ctx, interaction) => `/signin/${interaction.uid}` },
    // Tokens end with their sign-in, not with a browser's session: there is none.
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    extraTokenClaims: () => ({ session: newId('ses'), traded: parts.refreshTokens.tradedHash() }),
    ttl: {
      AccessToken: (ctx) => Math.min(lifetimes.accessToken, leftOf(ctx, lifetimes)),
      RefreshToken: (ctx) => leftOf(ctx, lifetimes),
      AuthorizationCode: 60,
      DeviceCode: lifetimes.interaction,
      Interaction: lifetimes.interaction,
      Session: lifetimes.interaction,
      Grant: lifetimes.signIn,
    },
    async findAccount(_ctx, id) {
      const subject = await parts.subjects.find(id)
      return subject && { accountId: id, claims: () => ({ sub: id }) }
    },
    async renderError(ctx, out) {
      ctx.type = 'html'
      ctx.body = problemPage(`${out.error_description ?? out.error}. Run sluice login again.`)
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        deviceInfo: (ctx) => ({ address: ctx.ip }),
        async userCodeInputSource(ctx, _form, _out, error) {
          ctx.type = 'html'
          ctx.body = inputPage(ctx, parts.userCodeOf(ctx), error)
        },
        // Our form confirms with the code, so this is seen only by one who posts the code alone.
        async userCodeConfirmSource(ctx, _form, _client, _device, userCode) {
          ctx.type = 'html'
          ctx.body = inputPage(ctx, userCode)
        },
        async successSource(ctx) {
          ctx.type = 'html'
          ctx.body = endPage('done')
        },
      },
    },
  }
}

function inputPage(ctx: KoaContextWithOIDC, code: string | undefined, error?: Error): string {
  const { session } = ctx.oidc
  if (error && session && session.exp === undefined) {
    // A form that no page of ours began: there is no session to remember, and the library can't store this one.
    Object.assign(session, { touched: false })
    return problemPage('It has ended, or began in another browser. Run sluice login again.')
  }
  if (error?.name === 'AbortedError') return endPage('denied')
  const xsrf = session?.state?.['secret']
  return userCodePage({
    action: ctx.oidc.urlFor('code_verification'),
    xsrf: typeof xsrf === 'string' ? xsrf : '',
    code,
    ...(error && { problem: 'That code is unknown, used or expired. Look at your terminal again.' }),
  })
}

// Nothing outlives the grant, which is as old as the person's click.
function leftOf(ctx: KoaContextWithOIDC, lifetimes: Lifetimes): number {
  const exp = (ctx?.oidc?.entities.Grant as { exp?: number } | undefined)?.exp
  return exp === undefined ? lifetimes.signIn : Math.max(1, exp - Math.floor(Date.now() / 1000))
}

// The library wants a signing key; tokens here are opaque, so nothing is ever signed with it.
function unusedKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), alg: 'ES256', use: 'sig' }
}
