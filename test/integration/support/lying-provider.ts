// An identity provider that lies: the development provider behind a proxy, which makes its ID tokens say what a test wants.
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Claims = Record<string, unknown>

export interface Lie {
  readonly header?: Claims
  /** Members set to undefined are left out. */
  readonly claims?: (honest: Claims) => Claims
  /** The signature; by default its own key's. */
  readonly sign?: (input: string, keys: LyingKeys) => string
  /** Members of the provider's metadata. */
  readonly metadata?: Claims
  /** Members of the userinfo reply. */
  readonly userinfo?: Claims
}

export interface LyingKeys {
  readonly privateKey: KeyObject
  /** The public key as it stands in the key set, PEM. */
  readonly publicPem: string
}

export interface LyingProvider {
  readonly issuer: string
  /** The honest provider behind it. */
  target: string
  lie: Lie
  close(): Promise<void>
}

export async function startLyingProvider(): Promise<LyingProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = { privateKey, publicPem: publicKey.export({ format: 'pem', type: 'spki' }) as string }
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'own', alg: 'ES256', use: 'sig' }
  const server = createServer((request, response) => void pass(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: LyingProvider = {
    issuer: `http://${host}`,
    target: '',
    lie: {},
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { 'content-length': _, connection: __, ...headers } = request.headers
    const body = Buffer.concat(await request.toArray())
    const answer = await fetchAs(host, provider.target, request, headers, body)
    const text = renamed(answer.body)
    for (const [name, value] of answer.headers) response.appendHeader(name, renamed(value))
    response.writeHead(answer.status).end(told(request.url ?? '', text))
  }

  const renamed = (text: string): string =>
    text
      .replaceAll(provider.target, provider.issuer)
      .replaceAll(encodeURIComponent(provider.target), encodeURIComponent(provider.issuer))

  function told(path: string, text: string): string {
    const { lie } = provider
    if (path.endsWith('/openid-configuration'))
      return JSON.stringify({ ...JSON.parse(text), ...lie.metadata })
    if (path.startsWith('/jwks')) return JSON.stringify({ keys: [jwk] })
    if (path.startsWith('/me') && lie.userinfo)
      return JSON.stringify({ ...JSON.parse(text), ...lie.userinfo })
    if (!path.startsWith('/token')) return text
    const { id_token: honest, ...rest } = JSON.parse(text) as { id_token?: string }
    if (honest === undefined) return text
    const claims = JSON.parse(Buffer.from(honest.split('.')[1] ?? '', 'base64url').toString()) as Claims
    const said = lie.claims?.({ ...claims, iss: provider.issuer }) ?? { ...claims, iss: provider.issuer }
    const input = [{ alg: 'ES256', kid: 'own', ...lie.header }, said]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const signature = (lie.sign ?? signed)(input, keys)
    return JSON.stringify({ ...rest, id_token: `${input}.${signature}` })
  }
  return provider
}

/** A signature as JOSE writes it (RFC 7518 §3.4). */
export function signed(input: string, { privateKey }: { readonly privateKey: KeyObject }): string {
  return sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
    'base64url',
  )
}

/** HMAC keyed by what everyone knows: the public key. */
export function signedWithPublicKey(input: string, { publicPem }: LyingKeys): string {
  return createHmac('sha256', publicPem).update(input).digest('base64url')
}

interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

// By node:http, since fetch sends no Host of one's own.
function fetchAs(
  host: string,
  target: string,
  { method, url }: IncomingMessage,
  headers: IncomingMessage['headers'],
  body: Buffer,
): Promise<Answer> {
  return new Promise((answered, failed) => {
    httpRequest(
      `${target}${url}`,
      { method, headers: { ...headers, host, 'content-length': body.length } },
      async (response) => {
        const pairs = Array.from(
          { length: response.rawHeaders.length / 2 },
          (_, i) => [response.rawHeaders[2 * i] as string, response.rawHeaders[2 * i + 1] as string] as const,
        )
        answered({
          status: response.statusCode ?? 0,
          headers: pairs.filter(
            ([name]) => !/^(content-length|transfer-encoding|connection|keep-alive)$/i.test(name),
          ),
          body: Buffer.concat(await response.toArray()).toString(),
        })
      },
    )
      .on('error', failed)
      .end(body)
  })
}
