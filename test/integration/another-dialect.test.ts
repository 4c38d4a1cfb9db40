// A dialect that nobody has heard of is served like the others, by what stands in its own file alone.
import t from 'tap'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { parrotDialect } from '../support/parrot.ts'
import {
  chunk,
  chunkedHead,
  LAST_CHUNK,
  startScriptedUpstream,
  whole,
  type Asked,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'

let upstream: ScriptedUpstream
let gateway: TestGateway

t.before(async () => {
  upstream = await startScriptedUpstream()
  const mask = { request: ['email'], reply: ['email'] }
  gateway = await startTestGateway(upstream.url, mask, { dialects: [openaiChat, parrotDialect] })
})
t.teardown(() => Promise.all([gateway.server.stop(0), upstream.close()]))

function say(body: object, script: (asked: Asked) => void): Promise<Response> {
  upstream.script = script
  return fetch(`${gateway.url}/parrot`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'open', ...body }),
  })
}

const lines = (...values: object[]) => {
  return ({ socket }: Asked): void => {
    socket.write(chunkedHead('application/x-ndjson'))
    for (const value of values) socket.write(chunk(`${JSON.stringify(value)}\n`))
    socket.write(LAST_CHUNK)
  }
}

t.test('masked in both directions, renamed, on record', async (t) => {
  const response = await say({ say: 'write to ada@example.org' }, ({ socket }) => {
    socket.write(
      whole(200, 'application/json', '{"said": "to bob@example.org", "also": ["eve@example.org"]}'),
    )
  })
  t.equal(response.status, 200)
  t.equal(await response.text(), '{"said": "to [EMAIL]", "also": ["[EMAIL]"]}')
  t.equal(upstream.asked.at(-1)?.body, '{"model":"up-model","say":"write to [EMAIL]"}')
  t.match(upstream.asked.at(-1)?.head, /^POST \/v1\/parrot HTTP/)
  t.match(gateway.ledger.entries.slice(-2), [
    { kind: 'decision', dialect: 'parrot', operation: 'parrot', findings: { email: 1 } },
    { kind: 'outcome', status: 'completed', findings: { email: 2 } },
  ])
})

t.test(
  'streamed: a value that is spread over lines is masked, what follows the end is dropped',
  async (t) => {
    const pieces = ['to bob@ex', 'ample', '.org, now'].map((said) => ({ said }))
    const response = await say(
      { say: 'hi', stream: true },
      lines(...pieces, { over: true }, { said: 'late' }),
    )
    t.equal(response.headers.get('content-type'), 'application/x-ndjson')
    t.equal(await response.text(), '{"said":"to [EMAIL]"}\n{"said":""}\n{"said":", now"}\n{"over":true}\n')
  },
)

t.test('denied, failed and unknown, in its own words', async (t) => {
  const key = await say({ 'ada@example.org': 1 }, () => undefined)
  t.equal(key.status, 403)
  t.match(await key.json(), { error: /An id, name or key of the request holds what policy masks/ })
  const failed = await say({ say: 'hi', stream: true }, lines({ said: 'so, ' }, { error: 'ada@example.org' }))
  const told = await failed.text()
  t.match(told, /\{"error":"The model server reported an error .*"\}\n$/)
  t.notMatch(told, 'ada@')
  const odd = await say(
    { say: 'hi' },
    ({ socket }) => void socket.write(whole(200, 'application/json', '{}')),
  )
  t.equal(odd.status, 502)
  t.match(await odd.json(), { error: /can't be inspected: a reply that says nothing/ })
  t.equal((await fetch(`${gateway.url}/parrot`)).status, 404)
})
