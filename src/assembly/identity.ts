// Sign-in at the gateway, put together: who may call, and the pages by which they become known.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorizationServer } from '../adapters/oidc-provider/authorization-server.ts'
import { oidcFederation } from '../adapters/openid-client/oidc-federation.ts'
import { companyFetch } from '../adapters/undici/company-fetch.ts'
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import { isForwarded, isLoopback } from '../base/loopback.ts'
import type { Authenticator } from '../identity/authenticator.ts'
import { addressOfCaller, bearerOf } from '../identity/credentials.ts'
import { countAttempts } from '../identity/attempts.ts'
import { eraseSubject, type Erasure, type ErasureLedger } from '../identity/erase-subject.ts'
import type { Records } from '../identity/records.ts'
import { type Sessions, sessionsIn } from '../identity/sessions.ts'
import { type SignIn, type SignInListener, signInsIn } from '../identity/sign-ins.ts'
import { type RoleGroups, subjectsIn } from '../identity/subjects.ts'
import { tokenCache } from '../identity/token-cache.ts'
import type { Caller } from '../terms/subject.ts'

export interface IdentityOptions {
  readonly publicUrl: string
  readonly provider: {
    readonly issuer: string
    readonly clientId: string
    readonly clientSecret?: string | undefined
    readonly scopes: readonly string[]
    readonly groupsClaim: string
  }
  readonly roles: RoleGroups
  readonly records: Records
  readonly clock: Clock
  /** Puts a sign-in's beginning and end on record; one whose beginning it rejects does not begin. */
  readonly onEvent: SignInListener
  /** Counts an authentication that failed, or was not even tried. */
  readonly onFailedAuthentication?: (why: 'invalid' | 'limited') => void
  /** Told of faults that callers are not told of. */
  readonly onFault?: (error: unknown) => void
  /** Told where the identity provider can't be reached, or its answer is not taken. */
  readonly onNotSignedIn?: (error: SluiceError) => void
  /** TLS ends at a proxy in front: the last address that it forwards for is the caller's. */
  readonly behindProxy?: boolean
  /** The provider is the development one: nothing that comes from elsewhere is let near it. */
  readonly development?: boolean
  /** In seconds. */
  readonly lifetimes?: Partial<Lifetimes>
  /** Failed authentications that one address has a minute. */
  readonly burst?: number
}

interface Lifetimes {
  readonly accessToken: number
  readonly session: number
  readonly signIn: number
  readonly interaction: number
  readonly refreshGrace: number
}

const LIFETIMES: Lifetimes = {
  accessToken: 600,
  session: 900,
  signIn: 43_200,
  interaction: 600,
  refreshGrace: 60,
}

// Every page keeps something for ten minutes, and user codes are short enough to guess at (RFC 8628 §5.1).
const VISITS_PER_MINUTE = 600
// Anyone can have a device's code stored; nobody needs many.
const DEVICES_PER_MINUTE = 20
const OWN_PATHS = /^\/(oauth|signin)\/|^\/\.well-known\/oauth-authorization-server/
// The library's router looks past case.
const PAGES = /^\/signin\/|^\/oauth\/(authorize|device)/i
const NEW_DEVICE = /^\/oauth\/device\/authorize/i
const TOKEN = /^\/oauth\/token/i

export interface Identity {
  /** Answers requests under /oauth, /signin and /.well-known/oauth-authorization-server: true; false for any other. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  readonly authenticator: Authenticator
  /** The caller of a request's bearer token. Rejects with ERR_TOKEN_INVALID, or ERR_RATE_LIMITED after a burst. */
  authenticate(request: IncomingMessage): Promise<Caller>
  readonly sessions: Sessions
  signIn(id: string): Promise<SignIn | undefined>
  /** The name of a subject, for those who may see it. */
  subjectName(id: string): Promise<string | undefined>
  /** Erases whose the subject's id is, by a caller who may (identity/erase-subject.ts). */
  eraseSubject(ledger: ErasureLedger, caller: Caller, id: string): Promise<Erasure>
  /** The body of GET /api/v1/whoami (docs/gateway-api.md). */
  whoami(caller: Caller): Promise<Whoami>
  addressOf(request: IncomingMessage): string
}

export interface Whoami {
  readonly subject: { readonly id: string; readonly name: string; readonly provider: string }
  readonly groups: readonly string[]
  readonly roles: readonly string[]
  readonly signIn: string
  readonly signInExpiresAt: string
}

/** Throws ERR_CONFIG for a public URL or an issuer of plain http beyond loopback. */
export async function createIdentity(options: IdentityOptions): Promise<Identity> {
  const { publicUrl, provider, records, clock, onEvent } = options
  requireSafe('public_url', publicUrl, options.development)
  requireSafe('identity.issuer', provider.issuer)
  const lifetimes = { ...LIFETIMES, ...options.lifetimes }
  const addressOf = (request: IncomingMessage): string =>
    addressOfCaller(request, options.behindProxy ?? false)

  const subjects = subjectsIn(records, options.roles)
  const signIns = signInsIn({ records, clock, lifetimeMs: lifetimes.signIn * 1000, onEvent })
  const sessions = sessionsIn({ records, signIns, clock, tokenLifetimeMs: lifetimes.session * 1000 })
  const server = await authorizationServer({
    publicUrl,
    records,
    subjects,
    signIns,
    lifetimes,
    addressOf,
    federation: oidcFederation({
      ...provider,
      callbackUrl: `${publicUrl}/signin/callback`,
      fetch: await companyFetch(),
    }),
    onBadGrant: (address) => countFailure(address),
    onFault: options.onFault ?? (() => undefined),
    onNotSignedIn: options.onNotSignedIn ?? (() => undefined),
  })
  const authenticator = tokenCache({
    sources: [sessions.tokens, server.tokens],
    subjects,
    signIns,
    sessions,
    clock,
  })
  const failures = countAttempts(clock, options.burst ?? 60)
  const visits = countAttempts(clock, VISITS_PER_MINUTE)
  const devices = countAttempts(clock, DEVICES_PER_MINUTE)

  function countFailure(address: string): void {
    failures.count(address)
    options.onFailedAuthentication?.('invalid')
  }

  /** For how many seconds the caller of an OAuth endpoint has to wait. Its attempt counts. */
  function waitAtEndpoint(path: string, address: string): number {
    if (TOKEN.test(path)) return failures.waitOf(address)
    if (!NEW_DEVICE.test(path)) return 0
    const wait = devices.waitOf(address)
    if (wait === 0) devices.count(address)
    return wait
  }

  async function authenticate(request: IncomingMessage): Promise<Caller> {
    const token = bearerOf(request)
    const caller = authenticator.known(token)
    if (caller) return caller
    const address = addressOf(request)
    const wait = failures.waitOf(address)
    if (wait > 0) {
      options.onFailedAuthentication?.('limited')
      throw new SluiceError('ERR_RATE_LIMITED', 'Too many failed authentications from this address.', {
        nextSteps: [`Try again in ${wait} s.`],
      })
    }
    try {
      return await authenticator.authenticate(token)
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'ERR_TOKEN_INVALID') countFailure(address)
      throw error
    }
  }

  return {
    async handle(request, response) {
      if (!OWN_PATHS.test(request.url ?? '')) return false
      if (options.development && isForwarded(request.headers)) {
        refuse(
          response,
          403,
          'The development identity provider is for this machine alone; this was forwarded.',
        )
        return true
      }
      const address = addressOf(request)
      const wait = waitAtEndpoint(request.url ?? '', address)
      if (wait > 0) {
        slowDown(response, wait)
        return true
      }
      if (PAGES.test(request.url ?? '')) {
        if (visits.waitOf(address) > 0) {
          refuse(response, 429, 'Too many sign-ins are begun from this address. Try again in a minute.')
          return true
        }
        visits.count(address)
      }
      return server.handle(request, response)
    },
    authenticator,
    authenticate,
    sessions,
    signIn: (id) => signIns.find(id),
    subjectName: async (id) => (await subjects.find(id))?.name,
    eraseSubject: (ledger, caller, id) =>
      eraseSubject({ ...ledger, subjects, signIns, clock, signInMs: lifetimes.signIn * 1000 }, caller, id),
    async whoami(caller) {
      const signIn = await signIns.find(caller.signIn)
      const { id, name, provider, groups, roles } = caller.subject
      return {
        subject: { id, name, provider },
        groups,
        roles,
        signIn: caller.signIn,
        signInExpiresAt: new Date(signIn?.endsAt ?? caller.expiresAt).toISOString(),
      }
    },
    addressOf,
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

// For programs, so in the words of RFC 8628 §3.5: one that polls goes on, more slowly.
function slowDown(response: ServerResponse, wait: number): void {
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'retry-after': String(wait),
  }
  const error = { error: 'slow_down', error_description: `Too many attempts. Try again in ${wait} s.` }
  response.writeHead(429, headers).end(JSON.stringify(error))
}

function requireSafe(key: string, url: string, loopbackOnly = false): void {
  const { protocol, hostname } = new URL(url)
  if (isLoopback(hostname) || (protocol === 'https:' && !loopbackOnly)) return
  const why = loopbackOnly
    ? 'the development identity provider is for loopback alone'
    : 'beyond loopback it must be https'
  throw new SluiceError('ERR_CONFIG', `${key} is ${url}: ${why}.`, { nextSteps: [`Change ${key}.`] })
}
