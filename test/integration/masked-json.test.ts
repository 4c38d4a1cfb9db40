// JSON in every API, through the gateway: a company's fields and modes, keys that collide, JSON in JSON, and an engine that
// fails; each with its entry.
import t, { type Test } from 'tap'
import { dialects } from '../../src/dialects/all.ts'
import { catalogueOf } from '../../src/masking/own.ts'
import type { Masker } from '../../src/masking/port.ts'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { answer } from '../support/leaks/answers.ts'
import { framesOf, type StreamChannel } from '../support/leaks/stream-channel.ts'
import { STREAM_CHANNELS } from '../support/leaks/streams.ts'
import {
  chunk,
  chunkedHead,
  LAST_CHUNK,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'

const catalogue = catalogueOf({
  detectors: {
    patient: { fields: ['patient_name', 'address.street'], family: 'personal' },
    ward: { words: ['Maple'], ignoreCase: true, family: 'personal' },
  },
  mode: 'redact',
  modes: { card: 'partial', 'aws-key': 'hash' },
  hashKey: 'a key of the tenant',
})
const NAMES = ['patient', 'ward', 'email', 'card', 'aws-key']

const SECRETS = ['Lovelace', 'Elm Street', 'maple', '4111', 'AKIAIOSF', 'ada@', 'bob@', 'example.org']
const RECORD = {
  patient_name: 'Ada "Lovelace" \u{1f600}',
  address: [{ street: 'Elm Street 5', town: 'York' }],
  'ada@example.org': 1,
  'bob@example.org': 'AKIAIOSFODNN7EXAMPLE',
  card: 4111111111111111,
  note: JSON.stringify({ patient_name: ['Lovelace', 1815, true, null], where: 'maple' }),
}
const MASKED = {
  patient_name: '[PATIENT]',
  address: [{ street: '[PATIENT]', town: 'York' }],
  '[EMAIL]': 1,
  '[EMAIL]#2': /^\[AWS_KEY:[0-9a-f]{15}\]$/,
  card: '**** 1111',
  note: JSON.stringify({ patient_name: ['[PATIENT]', '[PATIENT]', '[PATIENT]', null], where: '[WARD]' }),
}
const KINDS = ['text', 'reasoning', 'arguments', 'other']
const FOUND = { 'aws-key': 1, card: 1, email: 2, patient: 5, ward: 1 }

let upstream: ScriptedUpstream
let gateway: TestGateway
/** What stands between the gateway and the engine. */
let between = (masker: Masker): Masker => masker

t.before(async () => {
  upstream = await startScriptedUpstream()
  const mask = { request: NAMES, reply: NAMES }
  gateway = await startTestGateway(upstream.url, mask, {
    dialects,
    catalogue,
    wrap: (masker) => between(masker),
  })
})
t.teardown(() => Promise.all([gateway.server.stop(0), upstream.close()]))

function ask(path: string, more: object): Promise<Response> {
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'open', max_tokens: 9, ...more }),
  })
}

const prompt = (path: string): object =>
  path === '/v1/responses'
    ? { input: 'hi' }
    : path === '/api/generate'
      ? { prompt: 'hi' }
      : { messages: [{ role: 'user', content: 'hi' }] }

/** The reply to a stream that says `text` in the channel, in pieces. */
async function told({ path, frames }: StreamChannel, text: string): Promise<string> {
  upstream.script = ({ socket }) => {
    socket.write(chunkedHead(path.startsWith('/api') ? 'application/x-ndjson' : 'text/event-stream'))
    for (const frame of frames(text.match(/[^]{1,7}/gu) ?? [], JSON.stringify)) socket.write(chunk(frame))
    socket.write(LAST_CHUNK)
  }
  return (await ask(path, { ...prompt(path), stream: true })).text()
}

function noSecret(t: Test, text: string, why: string): void {
  t.same(
    SECRETS.filter((secret) => text.toLowerCase().includes(secret.toLowerCase())),
    [],
    why,
  )
}

t.test('streamed in any channel, JSON is masked by fields, words and modes, and stays JSON', async (t) => {
  for (const channel of STREAM_CHANNELS) {
    const why = `${channel.path} ${channel.name}`
    const before = gateway.ledger.entries.length
    const reply = await told(channel, JSON.stringify(RECORD))
    noSecret(t, reply, why)
    for (const heard of channel.heard(framesOf(reply))) t.match(JSON.parse(heard), MASKED, why)
    const [, outcome] = gateway.ledger.entries.slice(before)
    t.match(outcome, { kind: 'outcome', status: 'completed' }, why)
    const { findings, channels } = outcome as { findings: object; channels: Record<string, object> }
    t.same(Object.keys(findings), Object.keys(FOUND), why)
    // Copies of a reasoning item are told as parts of any item.
    const expected = channel.isJson && !channel.name.startsWith('content') ? ['arguments'] : KINDS
    t.ok(
      Object.keys(channels).every((name) => expected.includes(name)),
      `${why}: ${Object.keys(channels).join()}`,
    )
  }
})

t.test(
  'a request’s tool arguments are masked in every API; what was found stands in the decision',
  async (t) => {
    const text = JSON.stringify(RECORD)
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: text } }
    const requests: [path: string, more: object, received: (body: never) => unknown][] = [
      [
        '/v1/chat/completions',
        {
          messages: [
            { role: 'user', content: 'hi' },
            { role: 'assistant', tool_calls: [call] },
            { role: 'tool', tool_call_id: 'c', content: 'ok' },
          ],
        },
        (body: { messages: { tool_calls: [typeof call] }[] }) =>
          JSON.parse(body.messages[1]?.tool_calls[0].function.arguments ?? ''),
      ],
      [
        '/v1/responses',
        {
          store: false,
          input: [
            { type: 'message', role: 'user', content: 'hi' },
            { type: 'function_call', call_id: 'c', name: 'f', arguments: text },
            { type: 'function_call_output', call_id: 'c', output: 'ok' },
          ],
        },
        (body: { input: { arguments: string }[] }) => JSON.parse(body.input[1]?.arguments ?? ''),
      ],
      [
        '/v1/messages',
        {
          messages: [
            { role: 'user', content: 'hi' },
            { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: RECORD }] },
            { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'ok' }] },
          ],
        },
        (body: { messages: { content: [{ input: unknown }] }[] }) => body.messages[1]?.content[0].input,
      ],
      [
        '/api/chat',
        {
          stream: false,
          messages: [
            { role: 'user', content: 'hi' },
            { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: RECORD } }] },
            { role: 'tool', content: 'ok' },
          ],
        },
        (body: { messages: { tool_calls: [{ function: { arguments: unknown } }] }[] }) =>
          body.messages[1]?.tool_calls[0].function.arguments,
      ],
    ]
    for (const [path, more, received] of requests) {
      upstream.script = ({ socket }) =>
        void socket.write(whole(200, 'application/json', JSON.stringify(answer(path, 'ok'))))
      const before = gateway.ledger.entries.length
      const response = await ask(path, more)
      t.equal(response.status, 200, `${path}: ${await response.text()}`)
      const body = upstream.asked.at(-1)?.body ?? ''
      noSecret(t, body, path)
      t.match(received(JSON.parse(body) as never), MASKED, path)
      t.match(
        gateway.ledger.entries[before],
        { kind: 'decision', findings: FOUND, channels: { arguments: FOUND } },
        path,
      )
    }
  },
)

const ARGUMENTS = STREAM_CHANNELS.filter(
  ({ path, name }) => name === 'arguments of a tool' || (path.startsWith('/api') && name !== 'thinking'),
)

t.test(
  'what can’t be told ends the stream in its API’s words, with an entry, before any of it leaves',
  async (t) => {
    let deep = JSON.stringify({ 'bob@example.org': 1 })
    for (let i = 0; i < 4; i++) deep = JSON.stringify({ deep })
    const cases = [deep, '{"patient_name": Lovelace, "x": "Elm Street"}', '{"patient_name": "\\x Lovelace"}']
    t.equal(new Set(ARGUMENTS.map(({ path }) => path)).size, 5, 'each API')
    for (const channel of ARGUMENTS) {
      for (const text of cases) {
        const why = `${channel.path}: ${text}`
        const before = gateway.ledger.entries.length
        const reply = await told(channel, text)
        noSecret(t, reply, why)
        t.match(reply, /not.inspect|can't be inspected|nested|breaks off/i, why)
        t.match(
          gateway.ledger.entries.slice(before),
          [{ kind: 'decision' }, { kind: 'outcome', status: 'failed', error: 'ERR_NOT_INSPECTABLE' }],
          why,
        )
      }
    }
  },
)

t.test(
  'an engine that throws while it masks ends the stream, with an entry, before anything undecided leaves',
  async (t) => {
    t.teardown(() => (between = (masker) => masker))
    const text = JSON.stringify(RECORD)
    for (const channel of ARGUMENTS) {
      for (const at of [1, 12, text.length >> 1, text.length]) {
        let written = 0
        between = (masker) => ({
          ...masker,
          open(kind) {
            const stream = masker.open(kind)
            return {
              write(text) {
                written += text.length
                if (written >= at) throw new Error('about Lovelace')
                return stream.write(text)
              },
              end: () => stream.end(),
            }
          },
        })
        const before = gateway.ledger.entries.length
        const reply = await told(channel, text)
        const why = `${channel.path}, at ${at}`
        noSecret(t, reply, why)
        noSecret(t, gateway.logs.join(''), why)
        t.match(
          gateway.ledger.entries.slice(before),
          [{ kind: 'decision' }, { kind: 'outcome', status: 'failed', error: 'ERR_MASKING_FAILED' }],
          why,
        )
      }
    }
  },
)

t.test(
  'arguments that go on after another tool spoke are masked while their beginning is known, else refused',
  async (t) => {
    const say = (index: number, text: string): string =>
      `data: ${JSON.stringify({
        id: 'c',
        choices: [
          {
            index: 0,
            delta: {
              tool_calls: [
                {
                  index,
                  ...(text === '' && { id: `c${index}`, type: 'function' }),
                  function: { ...(text === '' && { name: 'f' }), arguments: text },
                },
              ],
            },
            finish_reason: null,
          },
        ],
      })}\n\n`
    const end = `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] })}\n\ndata: [DONE]\n\n`
    for (const filler of [10, 5000]) {
      upstream.script = ({ socket }) => {
        socket.write(chunkedHead('text/event-stream'))
        const parts = [
          say(0, ''),
          say(0, `{"x": "${'x'.repeat(filler)}", "patient_name": "`),
          say(1, ''),
          say(1, '{"y": 1}'),
          say(0, 'Lovelace"}'),
          end,
        ]
        for (const part of parts) socket.write(chunk(part))
        socket.write(LAST_CHUNK)
      }
      const path = '/v1/chat/completions'
      const reply = await (await ask(path, { ...prompt(path), stream: true })).text()
      noSecret(t, reply, `${filler} characters before`)
      if (filler === 10) t.match(reply, '[PATIENT]')
      const status = filler === 10 ? 'completed' : 'failed'
      t.match(gateway.ledger.entries.at(-1), { kind: 'outcome', status })
    }
  },
)
