// The leak battery, on the way to the model: secrets in every channel of every API, in every spelling, arrive masked.
import t from 'tap'
import { dialects } from '../../src/dialects/all.ts'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { answer } from '../support/leaks/answers.ts'
import { REQUEST_CHANNELS, type RequestChannel } from '../support/leaks/requests.ts'
import { DETECTORS, leaks, MASKED, SAYING, SPELLINGS } from '../support/leaks/secrets.ts'
import { textsOf } from '../support/leaks/texts.ts'
import { startScriptedUpstream, whole, type ScriptedUpstream } from '../support/scripted-upstream.ts'

let upstream: ScriptedUpstream
let gateway: TestGateway

t.before(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startTestGateway(upstream.url, { request: DETECTORS, reply: DETECTORS }, { dialects })
})
t.teardown(() => Promise.all([gateway.server.stop(0), upstream.close()]))

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  upstream.script = ({ socket }) =>
    void socket.write(whole(200, 'application/json', JSON.stringify(answer(path.replace(/\?.*/, ''), 'ok'))))
  const known = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  return fetch(gateway.url + path, { method: 'POST', headers: { ...known, ...headers }, body })
}

const PATHS = [...new Set(REQUEST_CHANNELS.map(({ path }) => path))]

for (const path of PATHS) {
  t.test(`${path}: what a request says arrives masked, wherever it stands`, async (t) => {
    for (const channel of REQUEST_CHANNELS.filter((one) => one.path === path)) {
      for (const { name, json } of SPELLINGS) {
        const what = `${channel.name}, ${name}`
        const response = await post(path, json(channel.body(SAYING)))
        const told = await response.text()
        if (!t.equal(response.status, 200, `${what} is answered`)) t.comment(told)
        const { body = '', head = '' } = upstream.asked.at(-1) ?? {}
        t.same(leaks(head + body), [], `${what} holds no secret any more`)
        const arrived = textsOf(JSON.parse(body)).filter((text) => text === MASKED).length
        t.ok(expected(channel) > 0)
        t.equal(arrived, expected(channel), `${what} arrives, masked, in each of its places`)
      }
    }
  })
}

function expected(channel: RequestChannel): number {
  return textsOf(channel.body(SAYING)).filter((text) => text === SAYING).length
}

t.test(
  'keys, ids, names and numbers can’t be rewritten: a secret in one denies, in the API’s own words',
  async (t) => {
    const email = 'grace.hopper@navy.example.org'
    const said = { role: 'user', content: 'hi' }
    const schema = { type: 'object', properties: { [email]: { type: 'string' } }, required: [] }
    const chat = { model: 'open', messages: [said] }
    const rows: readonly (readonly [path: string, body: object])[] = [
      ['/v1/chat/completions', { ...chat, [email]: 1 }],
      ['/v1/chat/completions', { ...chat, metadata: { [email]: 'a' } }],
      ['/v1/chat/completions', { ...chat, metadata: { card: 4111111111111111 } }],
      ['/v1/chat/completions', { ...chat, max_tokens: 4111111111111111 }],
      ['/v1/chat/completions', { ...chat, messages: [{ ...said, role: email }] }],
      [
        '/v1/chat/completions',
        { ...chat, messages: [{ role: 'tool', content: 'a', tool_call_id: 'AKIAIOSFODNN7EXAMPLE' }] },
      ],
      [
        '/v1/chat/completions',
        { ...chat, tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] },
      ],
      [
        '/v1/responses',
        { model: 'open', input: 'hi', tools: [{ type: 'function', name: 'f', parameters: schema }] },
      ],
      [
        '/v1/responses',
        {
          model: 'open',
          input: [{ type: 'function_call', call_id: 'AKIAIOSFODNN7EXAMPLE', name: 'f', arguments: '{}' }],
        },
      ],
      ['/v1/responses', { model: 'open', input: 'hi', metadata: { card: 4111111111111111 } }],
      ['/v1/messages', { ...chat, max_tokens: 9, tools: [{ name: 'f', input_schema: schema }] }],
      [
        '/v1/messages',
        { ...chat, max_tokens: 9, tools: [{ name: email, input_schema: { type: 'object' } }] },
      ],
      ['/v1/messages', { ...chat, max_tokens: 9, metadata: { user_id: 'a', [email]: 'a' } }],
      [
        '/v1/messages',
        {
          ...chat,
          max_tokens: 9,
          messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: email, content: 'a' }] }],
        },
      ],
      ['/api/chat', { ...chat, stream: false, format: schema }],
      ['/api/chat', { ...chat, stream: false, options: { num_ctx: 4111111111111111 } }],
      ['/api/generate', { model: 'open', prompt: 'hi', keep_alive: email }],
    ]
    for (const [path, body] of rows) {
      const asked = upstream.asked.length
      const response = await post(path, JSON.stringify(body))
      const told = await response.text()
      t.equal(response.status, 403, `${path} ${Object.keys(body).join()}`)
      t.match(told, 'An id, name or key of the request holds what policy masks')
      t.same(leaks(told), [])
      t.equal(upstream.asked.length, asked, 'the model server was not asked')
    }
  },
)

t.test(
  'headers of a caller do not cross, save those that an API needs; a secret in one of these denies',
  async (t) => {
    const email = 'grace.hopper@navy.example.org'
    const body = JSON.stringify({ model: 'open', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] })
    const response = await post('/v1/messages?beta=true&note=grace.hopper@navy.example.org', body, {
      cookie: email,
      'x-note': email,
      'user-agent': email,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'tools-2024-04-04',
    })
    t.equal(response.status, 200)
    const { head = '' } = upstream.asked.at(-1) ?? {}
    t.same(leaks(head), [])
    t.match(head, /^POST \/v1\/messages HTTP/)
    t.match(head, /anthropic-version: 2023-06-01/i)
    t.match(head, /anthropic-beta: tools-2024-04-04/i)
    const asked = upstream.asked.length
    for (const [name, value, status] of [
      ['anthropic-beta', '4111111111111111', 403],
      ['anthropic-beta', email, 400],
      ['anthropic-version', email, 400],
    ] as const) {
      const refused = await post('/v1/messages', body, { [name]: value })
      t.equal(refused.status, status, `${name}: ${value}`)
      t.same(leaks(await refused.text()), [])
    }
    t.equal(upstream.asked.length, asked)
  },
)
