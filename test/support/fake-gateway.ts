// A gateway by hand, over real HTTP: sessions as docs/gateway-api.md says, and inference as each test wants it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SluiceError } from '../../src/base/errors.ts'
import type { Session, Sessions } from '../../src/tunnel/sessions.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface FakeGateway {
  readonly url: string
  /** Requests as they arrived, newest last. */
  readonly seen: {
    readonly url: string
    readonly headers: IncomingMessage['headers']
    readonly method: string
  }[]
  answer: Answer
  /** Further headers of the reply to a token that is not good. */
  refusal: Record<string, string>
  /** Tokens that are good now. */
  readonly tokens: Set<string>
  readonly sessions: Sessions
  /** How often each verb of the sessions was asked. */
  readonly asked: { open: number; renew: number; close: number }
  /** Set to an error code: every verb fails with it, as after the sign-in's end. */
  failing: 'ERR_SIGN_IN_EXPIRED' | undefined
  /** Names of the APIs that the model of sessions opened from now on is reached by. */
  dialects: readonly string[]
  /** Lifetime of the tokens that are given out from now on. */
  tokenMs: number
  stop(): Promise<void>
}

export async function fakeGateway(answer: Answer): Promise<FakeGateway> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/v1/')) return void answerApi(gateway, request, response)
    gateway.seen.push({ url: request.url ?? '', headers: request.headers, method: request.method ?? '' })
    if (!gateway.tokens.has((request.headers.authorization ?? '').replace('Bearer ', ''))) {
      response.writeHead(401, { 'content-type': 'application/json', ...gateway.refusal })
      return void response.end('{"error":{"message":"unknown token"}}')
    }
    gateway.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let count = 0
  const freshToken = () => {
    if (gateway.failing)
      throw new SluiceError(gateway.failing, 'Your sign-in has ended.', { nextSteps: ['sluice login'] })
    const token = `sst_${++count}`
    gateway.tokens.add(token)
    return { token, expiresAt: Date.now() + gateway.tokenMs }
  }
  const gateway: FakeGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    answer,
    refusal: {},
    tokens: new Set(),
    asked: { open: 0, renew: 0, close: 0 },
    failing: undefined,
    dialects: SESSION.model.dialects,
    tokenMs: 900_000,
    sessions: {
      async open() {
        gateway.asked.open++
        return { ...freshToken(), ...SESSION, model: { ...SESSION.model, dialects: gateway.dialects } }
      },
      async renew() {
        gateway.asked.renew++
        return freshToken()
      },
      async close() {
        gateway.asked.close++
      },
    },
    async stop() {
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await stopped
    },
  }
  return gateway
}

/** The same sessions by way of the API, for the access token `at_1`. */
async function answerApi(gateway: FakeGateway, request: IncomingMessage, response: ServerResponse) {
  const answer = (status: number, body?: object) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body && JSON.stringify(body))
  }
  const refuse = (status: number, code: string, message: string) =>
    answer(status, { error: { code, message, nextSteps: [], requestId: 'req_1' } })
  if (request.headers.authorization !== 'Bearer at_1')
    return refuse(401, 'ERR_TOKEN_INVALID', 'The token is not good.')
  const body = Buffer.concat(await request.toArray()).toString()
  if (request.url === '/api/v1/models') return answer(200, { models: [SESSION.model] })
  if (request.method === 'DELETE') {
    await gateway.sessions.close('')
    return answer(204)
  }
  if (request.url === '/api/v1/sessions' && JSON.parse(body).model !== SESSION.model.name)
    return refuse(404, 'ERR_MODEL_UNKNOWN', 'No such model is served to you.')
  const session = await gateway.sessions.open()
  return answer(201, {
    ...session,
    expiresAt: new Date(session.expiresAt).toISOString(),
    signInExpiresAt: new Date(session.signInExpiresAt).toISOString(),
  })
}

const SESSION: Omit<Session, 'token' | 'expiresAt'> = {
  id: 'ses_1',
  signInExpiresAt: Date.parse('2030-01-01T18:02:00Z'),
  model: {
    name: 'qwen-coder',
    dialects: ['openai-chat'],
    mask: { request: ['email', 'aws-key'], reply: ['email'] },
    record: 'metadata',
  },
  subject: { id: 'sub_1', name: 'ada@example.dev' },
}
