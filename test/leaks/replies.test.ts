// The leak battery, on the way back, whole: secrets in every channel of every API, in every spelling, arrive masked.
import t from 'tap'
import { dialects } from '../../src/dialects/all.ts'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { OPAQUE_REPLIES, REPLY_CHANNELS, RIGID_REPLIES } from '../support/leaks/replies.ts'
import { answer } from '../support/leaks/answers.ts'
import { DETECTORS, leaks, MASKED, SAYING, SPELLINGS } from '../support/leaks/secrets.ts'
import { textsOf } from '../support/leaks/texts.ts'
import { startScriptedUpstream, whole, type ScriptedUpstream } from '../support/scripted-upstream.ts'

let upstream: ScriptedUpstream
let gateway: TestGateway
let open: TestGateway

t.before(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startTestGateway(upstream.url, { request: DETECTORS, reply: DETECTORS }, { dialects })
  open = await startTestGateway(upstream.url, { request: [], reply: [] }, { dialects })
})
t.teardown(() => Promise.all([gateway.server.stop(0), open.server.stop(0), upstream.close()]))

const REQUEST = {
  model: 'open',
  messages: [{ role: 'user', content: 'hi' }],
  prompt: undefined,
  max_tokens: 9,
  stream: false,
}

async function ask(
  path: string,
  reply: string,
  at = gateway,
  status = 200,
): Promise<{ status: number; told: string }> {
  upstream.script = ({ socket }) =>
    void socket.write(
      whole(status, 'application/json', reply, ['x-request-id: grace.hopper@navy.example.org']),
    )
  const response = await fetch(at.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(path === '/v1/responses' ? { model: 'open', input: 'hi' } : REQUEST),
  })
  const head = JSON.stringify([...response.headers])
  t.same(leaks(head), [], 'no header of the model server crosses')
  return { status: response.status, told: await response.text() }
}

for (const path of new Set(REPLY_CHANNELS.map((channel) => channel.path))) {
  t.test(`${path}: what a reply says arrives masked, wherever it stands`, async (t) => {
    for (const channel of REPLY_CHANNELS.filter((one) => one.path === path)) {
      for (const { name, json } of SPELLINGS) {
        const what = `${channel.name}, ${name}`
        const { status, told } = await ask(path, json(channel.body(SAYING)))
        if (!t.equal(status, 200, `${what} is answered`)) t.comment(told)
        t.notOk('context' in (JSON.parse(told) as object), 'no token ids')
        t.same(leaks(told), [], `${what} holds no secret any more`)
        const expected = textsOf(channel.body(SAYING)).filter((text) => text === SAYING).length
        const arrived = textsOf(JSON.parse(told)).filter((text) => text === MASKED).length
        t.ok(expected > 0)
        t.equal(arrived, expected, `${what} arrives, masked, in each of its places`)
      }
    }
  })
}

t.test(
  'what can’t be looked into is refused by its name where replies are masked, and passes where not',
  async (t) => {
    for (const [path, name, more] of OPAQUE_REPLIES) {
      const reply = JSON.stringify({ ...answer(path, SAYING), ...more })
      const { status, told } = await ask(path, reply)
      t.equal(status, 502, `${path} ${name}`)
      t.ok(told.includes(`can't be inspected: `) && told.includes(name), told)
      t.same(leaks(told), [])
      t.same(
        await ask(path, reply, open),
        { status: 200, told: reply },
        `${name} passes byte for byte where nothing is masked`,
      )
    }
  },
)

t.test('a secret in an id, a name, a key or a number is refused', async (t) => {
  for (const [path, more] of RIGID_REPLIES) {
    const { status, told } = await ask(path, JSON.stringify({ ...answer(path, 'ok'), ...more }))
    t.equal(status, 502, `${path} ${JSON.stringify(more)}`)
    t.match(told, 'An id, name or key of the reply holds what policy masks')
    t.same(leaks(told), [])
  }
})

t.test('what a model server says of an error stays there, whatever its status, masked or not', async (t) => {
  const errors = [
    { error: { message: SAYING, type: SAYING, code: SAYING } },
    { error: SAYING },
    { type: 'error', error: { type: 'invalid_request_error', message: SAYING } },
    { detail: [{ msg: SAYING, input: SAYING }] },
  ]
  for (const path of new Set(REPLY_CHANNELS.map((channel) => channel.path))) {
    for (const error of errors) {
      for (const status of [400, 401, 404, 422, 429, 500, 503, ...('error' in error ? [200] : [])]) {
        for (const at of [gateway, open]) {
          const { told, ...got } = await ask(path, JSON.stringify(error), at, status)
          t.ok(got.status >= 400, `${path} ${status}`)
          t.same(leaks(told), [], told)
        }
      }
    }
  }
  const failed = { ...answer('/v1/responses', 'a'), status: 'failed', error: { code: 'x', message: SAYING } }
  for (const at of [gateway, open]) {
    const { status, told } = await ask('/v1/responses', JSON.stringify(failed), at)
    t.equal(status, 502)
    t.same(leaks(told), [])
  }
  const within = {
    choices: [{ index: 0, error: { message: SAYING }, message: { content: '' }, finish_reason: 'error' }],
  }
  t.same(leaks((await ask('/v1/chat/completions', JSON.stringify(within), open)).told), [])
})
