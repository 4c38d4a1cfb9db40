// The gateway's authorization server (OAuth 2.1, RFC 8414, 8628, 7009), mounted on the gateway's own port.
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'
import type { SluiceError } from '../../base/errors.ts'
import { PAGE_HEADERS } from '../../gateway/sign-in-pages.ts'
import type { Federation } from '../../identity/federation.ts'
import type { Records } from '../../identity/records.ts'
import { hashOf, newSecret } from '../../identity/secrets.ts'
import type { SignIns } from '../../identity/sign-ins.ts'
import type { Subjects } from '../../identity/subjects.ts'
import type { TokenSource } from '../../identity/token-source.ts'
import { configuration, type Lifetimes, SCOPE } from './configuration.ts'
import { lastByDuration } from './cookies.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { signInPages } from './sign-in.ts'

export interface AuthorizationServerParts {
  /** The gateway's origin, as browsers and CLIs reach it. */
  readonly publicUrl: string
  readonly records: Records
  readonly subjects: Subjects
  readonly signIns: SignIns
  readonly federation: Federation
  readonly lifetimes: Lifetimes
  readonly addressOf: (request: IncomingMessage) => string
  /** Told of the address from which a code or refresh token came that is not good. */
  readonly onBadGrant: (address: string) => void
  /** Told of faults that the person is not told of. */
  readonly onFault: (error: unknown) => void
  /** Told where the identity provider can't be reached, or its answer is not taken. */
  readonly onNotSignedIn: (error: SluiceError) => void
}

export interface MountedAuthorizationServer {
  /** Answers a request for one of its paths and resolves with true; with false, untouched, for any other. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** The access tokens that it has issued. */
  readonly tokens: TokenSource
}

const MOUNT = '/oauth'
// RFC 8414 §3.1 puts the issuer's path behind the well-known one.
const METADATA = [
  `/.well-known/oauth-authorization-server${MOUNT}`,
  '/.well-known/oauth-authorization-server',
]

export async function authorizationServer(
  parts: AuthorizationServerParts,
): Promise<MountedAuthorizationServer> {
  const { publicUrl, records } = parts
  const userCodes = new WeakMap<IncomingMessage, string>()
  // Where tokens are asked for, nothing ends a sign-in but a code or token that was used up and comes again.
  const endSignIn = (id: string): Promise<void> =>
    parts.signIns.end(id, Provider.ctx?.oidc.route === 'token' ? 'token-reused' : undefined)
  const refreshes = refreshTokens({ records, endSignIn }, parts.lifetimes.refreshGrace)
  const provider = new Provider(
    `${publicUrl}${MOUNT}`,
    configuration({
      ...parts,
      endSignIn,
      refreshTokens: refreshes,
      cookieKeys: [await cookieKey(records)],
      userCodeOf: (ctx) => userCodes.get(ctx.req),
    }),
  )
  refreshes.teach(provider)
  // The public URL, not what a request claims, says how the gateway is reached: see `asPublic`.
  provider.proxy = true
  provider.on('server_error', (_ctx, error) => parts.onFault(error))
  provider.on('grant.error', (ctx, { error }) => {
    if (error === 'invalid_grant') parts.onBadGrant(ctx.ip)
  })
  // Koa prints errors that nobody listens to.
  ;(provider as EventEmitter).on('error', parts.onFault)
  // People watch the terminal while they click; the five seconds of RFC 8628 §3.2 are the default, not the least.
  provider.on('device_authorization.success', (_ctx, body) => Object.assign(body, { interval: 1 }))
  const answer = provider.callback()
  const pages = signInPages({ ...parts, provider })

  function mounted(request: IncomingMessage, path: string): string | undefined {
    if (METADATA.includes(path)) return '/.well-known/oauth-authorization-server'
    if (!path.startsWith(`${MOUNT}/`)) return undefined
    const url = new URL(request.url ?? '/', publicUrl)
    const code = url.searchParams.get('user_code')
    if (path === `${MOUNT}/device` && request.method === 'GET' && code !== null) {
      // With the code in the query the library answers with a form that a script submits: ours is filled in, and waits.
      userCodes.set(request, code)
      return '/device'
    }
    return (request.url ?? '').slice(MOUNT.length)
  }

  return {
    async handle(request, response) {
      const [path = ''] = (request.url ?? '').split('?')
      const inside = mounted(request, path)
      if (inside === undefined && !path.startsWith('/signin/')) return false
      for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value)
      lastByDuration(response)
      asPublic(request, publicUrl, parts.addressOf(request))
      if (inside === undefined) {
        await pages(request, response)
        return true
      }
      Object.assign(request, { originalUrl: `${MOUNT}${inside}` })
      request.url = inside
      await answer(request, response)
      return true
    },
    async tokens(token) {
      const payload = (await records.get('AccessToken', hashOf(token))) as StoredAccessToken | undefined
      if (!payload || payload.scope !== SCOPE) return undefined
      const { traded, session } = payload.extra
      // What is older has outlived every grace.
      if (traded !== undefined && payload.iat > Date.now() / 1000 - parts.lifetimes.refreshGrace - 1)
        await refreshes.arrived(traded)
      return {
        subject: payload.accountId,
        signIn: payload.grantId,
        session,
        scope: 'cli',
        expiresAt: payload.exp * 1000,
      }
    },
  }
}

interface StoredAccessToken {
  readonly accountId: string
  readonly grantId: string
  readonly scope: string
  readonly iat: number
  readonly exp: number
  readonly extra: { readonly session: string; readonly traded?: string }
}

// The library builds URLs and cookies from forwarding headers; these are ours, whatever the request brought along.
function asPublic(request: IncomingMessage, publicUrl: string, address: string): void {
  const { host, protocol } = new URL(publicUrl)
  request.headers['x-forwarded-host'] = host
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  request.headers['x-forwarded-for'] = address
}

// Kept, so that someone in the middle of signing in doesn't notice a restart.
async function cookieKey(records: Records): Promise<string> {
  const kept = await records.get('cookie-key', 'current')
  if (typeof kept === 'string') return kept
  const key = newSecret()
  await records.put('cookie-key', 'current', key)
  return key
}
