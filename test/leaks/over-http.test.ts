// The leak battery through the gateway's own port: streams in every API, what can't be looked into in requests, and what
// reaches beyond an exchange.
import t from 'tap'
import { dialects } from '../../src/dialects/all.ts'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { answer } from '../support/leaks/answers.ts'
import { BEYOND_REQUESTS, OPAQUE_REQUESTS } from '../support/leaks/refused-requests.ts'
import { DETECTORS, leaks, MASKED, SAYING } from '../support/leaks/secrets.ts'
import { framesOf } from '../support/leaks/stream-channel.ts'
import { STREAM_CHANNELS } from '../support/leaks/streams.ts'
import {
  chunk,
  chunkedHead,
  LAST_CHUNK,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'

let upstream: ScriptedUpstream
let gateway: TestGateway
let open: TestGateway

t.before(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startTestGateway(upstream.url, { request: DETECTORS, reply: DETECTORS }, { dialects })
  open = await startTestGateway(upstream.url, { request: [], reply: [] }, { dialects })
})
t.teardown(() => Promise.all([gateway.server.stop(0), open.server.stop(0), upstream.close()]))

function ask(path: string, more: object = {}, at = gateway): Promise<Response> {
  const body = {
    model: 'open',
    max_tokens: 9,
    ...(path === '/v1/responses'
      ? { input: 'hi' }
      : path === '/api/generate'
        ? { prompt: 'hi' }
        : { messages: [{ role: 'user', content: 'hi' }] }),
    ...more,
  }
  return fetch(at.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

const typeOf = (path: string): string =>
  path.startsWith('/api') ? 'application/x-ndjson' : 'text/event-stream'

t.test('streams come masked over HTTP, whatever the pieces in which they are sent', async (t) => {
  for (const channel of STREAM_CHANNELS.filter(({ isJson }) => !isJson)) {
    const wire = channel.frames(SAYING.split(/(?<=\W)/), JSON.stringify).join('')
    upstream.script = ({ socket }) => {
      socket.write(chunkedHead(typeOf(channel.path)))
      for (let at = 0; at < wire.length; at += 97) socket.write(chunk(wire.slice(at, at + 97)))
      socket.write(LAST_CHUNK)
    }
    const response = await ask(channel.path, { stream: true })
    t.equal(response.status, 200, `${channel.path} ${channel.name}`)
    t.match(response.headers.get('content-type'), typeOf(channel.path))
    const told = await response.text()
    t.same(leaks(told), [])
    t.ok(
      channel.heard(framesOf(told)).every((text) => text === MASKED),
      told,
    )
  }
})

t.test(
  'parts of a request that can’t be looked into are denied by name where requests are masked, else they pass',
  async (t) => {
    for (const [path, name, more] of OPAQUE_REQUESTS) {
      upstream.script = ({ socket }) =>
        void socket.write(whole(200, 'application/json', JSON.stringify(answer(path, 'ok'))))
      const asked = upstream.asked.length
      const response = await ask(path, more)
      const told = await response.text()
      t.equal(response.status, 403, `${path} ${name}`)
      t.equal(response.headers.get('x-should-retry'), 'false')
      t.ok(told.includes(name), `${name} is named in ${told}`)
      t.equal(upstream.asked.length, asked, 'the model server was not asked')
      const passes = await ask(path, { stream: false, ...more }, open)
      t.equal(passes.status, 200, `${path} ${name} passes where nothing is masked: ${await passes.text()}`)
    }
  },
)

t.test('what reaches beyond the exchange is denied by name, masked or not', async (t) => {
  for (const [path, name, more] of BEYOND_REQUESTS) {
    for (const at of [gateway, open]) {
      const asked = upstream.asked.length
      const response = await ask(path, more, at)
      const told = await response.text()
      t.equal(response.status, 403, `${path} ${name}`)
      // A mask tells first of what it can't look into.
      t.ok(told.includes(name) || (at === gateway && told.includes(`can't be inspected`)), told)
      t.equal(upstream.asked.length, asked, 'the model server was not asked')
    }
  }
})

t.test('side doors of model servers are shut', async (t) => {
  const doors = [
    'GET /v1/responses/resp_1',
    'POST /v1/responses/resp_1/cancel',
    'POST /v1/responses/input_tokens',
    'POST /v1/responses/compact',
    'GET /v1/chat/completions/c1',
    'POST /v1/completions',
    'POST /v1/embeddings',
    'POST /v1/files',
    'GET /v1/conversations/c',
    'POST /v1/messages/batches',
    'GET /v1/messages/batches/b/results',
    'POST /v1/complete',
    'POST /api/embed',
    'POST /api/embeddings',
    'POST /api/pull',
    'POST /api/push',
    'POST /api/create',
    'DELETE /api/delete',
    'POST /api/copy',
    'POST /api/blobs/sha256:0',
    'POST /api/web_search',
    'GET /slots',
    'GET /props',
    'POST /tokenize',
    'POST /detokenize',
    'POST /apply-template',
    'POST /completion',
    'POST /infill',
    'GET /v1/chat/completions',
    'PUT /v1/messages',
    'POST /v1//messages',
    'POST /v1/messages/',
    'POST /V1/messages',
    'POST /v1/%6dessages',
  ]
  const asked = upstream.asked.length
  for (const door of doors) {
    const [method = '', path = ''] = door.split(' ')
    const response = await fetch(open.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(method === 'POST' && { body: '{}' }),
    })
    t.equal(response.status, 404, door)
    t.ok(JSON.parse(await response.text()), 'in JSON')
  }
  t.equal(upstream.asked.length, asked)
})

t.test(
  'a reply that comes whole though a stream was asked for is read where the API’s clients do',
  async (t) => {
    const load = {
      model: 'm',
      created_at: '2026-01-02T03:04:05Z',
      response: '',
      done: true,
      done_reason: 'load',
    }
    upstream.script = ({ socket }) =>
      void socket.write(whole(200, 'application/json; charset=utf-8', JSON.stringify(load)))
    const response = await ask('/api/generate', { prompt: undefined })
    t.equal(response.status, 200)
    t.same(await response.json(), load)
    t.equal((await ask('/v1/messages', { stream: true })).status, 502)
  },
)
