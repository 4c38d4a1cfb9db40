// A development identity provider: a real OpenID Connect issuer, with example people, for this machine alone.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { errors, Provider } from 'oidc-provider'
import { SluiceError } from '../../base/errors.ts'
import { isForwarded, isLoopback } from '../../base/loopback.ts'
import { configuration } from './configuration.ts'
import { signInPage } from './page.ts'
import { PEOPLE, type Person } from './people.ts'

export interface DevelopmentIdentityProviderOptions {
  /** 0 for any free one. */
  readonly port: number
  readonly clientId: string
  readonly clientSecret: string
  /** The gateway's callbacks; all on loopback. */
  readonly redirectUris: readonly string[]
}

export interface DevelopmentIdentityProvider {
  readonly issuer: string
  /** Everyone's. New at each start. */
  readonly password: string
  readonly people: readonly Person[]
  close(): Promise<void>
}

const FORM_AT_MOST = 4_096
const CONTENT_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/** Starts it on 127.0.0.1. Rejects with ERR_CONFIG where a gateway is beyond loopback, or with ERR_PORT_IN_USE. */
export async function startDevelopmentIdentityProvider(
  options: DevelopmentIdentityProviderOptions,
): Promise<DevelopmentIdentityProvider> {
  for (const uri of options.redirectUris) requireLoopback(uri)
  const password = randomBytes(9).toString('base64url')
  const server = createServer()
  const port = await listen(server, options.port)
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, configuration(options))
  const library = provider.callback()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('content-security-policy', CONTENT_SECURITY)
    response.setHeader('cache-control', 'no-store')
    if (isForwarded(request.headers) || !isLoopback(new URL(`http://${request.headers.host}`).hostname)) {
      response.writeHead(403, { 'content-type': 'text/plain' })
      response.end('This identity provider is for this machine alone.\n')
    } else if (request.url?.startsWith('/sign-in/')) await signIn(provider, password, request, response)
    else await library(request, response)
  }
  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const ended = error instanceof errors.SessionNotFound
      if (!response.headersSent) response.writeHead(ended ? 400 : 500, { 'content-type': 'text/plain' })
      response.end(ended ? 'This sign-in has ended. Begin again.\n' : 'Something went wrong.\n')
    })
  })

  return {
    issuer,
    password,
    people: PEOPLE,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

async function signIn(
  provider: Provider,
  password: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, params } = await provider.interactionDetails(request, response)
  const show = (status: number, problem?: string): void => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
    response.end(signInPage(`/sign-in/${uid}`, PEOPLE, problem))
  }
  if (request.method !== 'POST') return show(200)
  const form = await readForm(request)
  const person = PEOPLE.find(({ id }) => id === form.get('person'))
  if (!person || !same(form.get('password') ?? '', password)) {
    await sleep(500)
    return show(401, 'That is not the password that was printed.')
  }
  const grant = new provider.Grant({ accountId: person.id, clientId: String(params['client_id']) })
  grant.addOIDCScope('openid profile email groups')
  const result = {
    login: { accountId: person.id, remember: false },
    consent: { grantId: await grant.save() },
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      const why = taken ? `Port ${port} is in use.` : 'The development identity provider can’t listen.'
      failed(new SluiceError(taken ? 'ERR_PORT_IN_USE' : 'ERR_INTERNAL', why, { cause: error }))
    })
    server.listen(port, '127.0.0.1', () => listening((server.address() as AddressInfo).port))
  })
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > FORM_AT_MOST) return new URLSearchParams()
  }
  return new URLSearchParams(text)
}

function requireLoopback(uri: string): void {
  const url = URL.parse(uri)
  if (url?.protocol === 'http:' && isLoopback(url.hostname)) return
  throw new SluiceError(
    'ERR_CONFIG',
    `The development identity provider serves gateways on loopback alone, not ${uri}.`,
    {
      nextSteps: ['Name your company’s OIDC issuer in identity.issuer.'],
    },
  )
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
