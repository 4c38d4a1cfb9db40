// A gateway that can only sign people in: the real identity parts on a real port, with the development provider.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createIdentity, type Identity, type IdentityOptions } from '../../../src/assembly/identity.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { asSluiceError } from '../../../src/base/errors.ts'
import {
  type DevelopmentIdentityProvider,
  startDevelopmentIdentityProvider,
} from '../../../src/demo/identity-provider/provider.ts'
import { verifierKey } from '../../support/verifier-key.ts'
import { memoryRecords } from './memory-records.ts'

const VKEY = verifierKey('127.0.0.1/ledger')

export interface SignInGateway {
  readonly url: string
  readonly provider: DevelopmentIdentityProvider
  readonly identity: Identity
  readonly records: ReturnType<typeof memoryRecords>
  /** What was put on record: `signed-in sgn_…`. */
  readonly events: string[]
  readonly faults: unknown[]
  /** Why the identity provider signed nobody in, as the operator is told. */
  readonly notSignedIn: string[]
  /** Requests to the token endpoint so far. */
  tokenRequests(): number
  close(): Promise<void>
}

export interface SignInGatewayOptions extends Partial<IdentityOptions> {
  readonly clock?: Clock
  /** Changes what it answers as JSON at its own paths, as a gateway that lies does. */
  readonly lie?: (path: string, honest: object) => object
}

export async function startSignInGateway(options: SignInGatewayOptions = {}): Promise<SignInGateway> {
  let tokenRequests = 0
  const server = createServer((request, response) => {
    if (request.url === '/oauth/token') tokenRequests++
    answer(request, response).catch((error: unknown) => {
      const { code, message, status, nextSteps } = asSluiceError(error)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code, message, nextSteps, requestId: 'req_test' } }))
    })
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  const client = { clientId: 'sluice', clientSecret: 'of-the-gateway' }
  const provider = await startDevelopmentIdentityProvider({
    port: 0,
    ...client,
    redirectUris: [`${url}/signin/callback`],
  })
  const records = memoryRecords(options.clock)
  const events: string[] = []
  const faults: unknown[] = []
  const notSignedIn: string[] = []
  const identity = await createIdentity({
    publicUrl: url,
    provider: {
      issuer: provider.issuer,
      ...client,
      scopes: ['openid', 'profile', 'email', 'groups'],
      groupsClaim: 'groups',
    },
    roles: { auditor: ['security'], eraser: ['security'] },
    records,
    clock: systemClock,
    development: true,
    onEvent: (entry, { id }) => void events.push(`${entry} ${id}`),
    onFault: (error) => void faults.push(error),
    onNotSignedIn: ({ message }) => void notSignedIn.push(message),
    ...options,
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await identity.handle(request, response)) return
    const json = (body: object): void => {
      const said = options.lie?.(request.url ?? '', body) ?? body
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    }
    if (request.url === '/.well-known/sluice') {
      const ledger = { origin: '127.0.0.1/ledger', vkey: VKEY }
      return json({ sluice: '0.1.0', issuer: `${url}/oauth`, ledger })
    }
    const caller = await identity.authenticate(request)
    if (request.url === '/api/v1/whoami') return json(await identity.whoami(caller))
    response.writeHead(404).end()
  }

  return {
    url,
    provider,
    identity,
    records,
    events,
    faults,
    notSignedIn,
    tokenRequests: () => tokenRequests,
    async close() {
      await provider.close()
      await new Promise((done) => {
        server.close(done)
        server.closeAllConnections()
      })
    },
  }
}

async function listen(server: Server): Promise<number> {
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
  )
}
