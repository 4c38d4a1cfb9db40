// A masking engine that throws at its n-th call, for every n: nothing unmasked leaves, and everyone is told the same.
import { APIError } from 'openai'
import t, { type Test } from 'tap'
import { SluiceError } from '../../src/base/errors.ts'
import type { Masker } from '../../src/masking/port.ts'
import { startTestGateway, type TestGateway } from '../support/gateway-parts.ts'
import { overheard, type Overheard } from '../support/overheard.ts'
import {
  chunk,
  chunkedHead,
  DONE,
  LAST_CHUNK,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

// Every part of an address by which it could be told apart from its placeholder.
const SECRETS = ['ada', 'lovelace', 'bob', 'builder', 'carol', 'dave', 'example']
const PROMPT = 'Write to ada@example.org. Or to lovelace@example.org?'

const DELTAS: readonly object[] = [
  { role: 'assistant', content: '' },
  { reasoning_content: 'Think of ca' },
  { reasoning_content: 'rol@example.net first. ' },
  { content: 'Mail ' },
  { content: 'bob@' },
  { content: 'exam' },
  { content: 'ple.org' },
  { content: ', builder@example.org,' },
  { content: ' now.' },
  { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'mail', arguments: '' } }] },
  { tool_calls: [{ index: 0, function: { arguments: '{"to":"dave@exa' } }] },
  { tool_calls: [{ index: 0, function: { arguments: 'mple.org"}' } }] },
]
const WHOLE = {
  role: 'assistant',
  content: 'Mail bob@example.org, builder@example.org, now.',
  reasoning_content: 'Think of carol@example.net first.',
  tool_calls: [
    { id: 'c1', type: 'function', function: { name: 'mail', arguments: '{"to":"dave@example.org"}' } },
  ],
}
const THROWN: readonly unknown[] = [
  new Error('about bob@example.org\n    at builder@example.org'),
  new SluiceError('ERR_CONFIG', 'about carol@example.net'),
  new SluiceError('ERR_MASKING_FAILED', 'The engine holds back too much.'),
  'ada@example.org',
  undefined,
]

let upstream: ScriptedUpstream
let gateway: TestGateway
let client: Overheard
let calls = 0
let throwsAt = Infinity
let thrown: unknown

t.before(async () => {
  upstream = await startScriptedUpstream(({ socket, body }) => {
    if (!body.includes('"stream":true')) {
      const choices = [{ index: 0, message: WHOLE, finish_reason: 'tool_calls' }]
      return void socket.write(whole(200, 'application/json', JSON.stringify({ id: 'c', choices })))
    }
    socket.write(chunkedHead())
    const event = (delta: object, finish: string | null = null): Buffer =>
      chunk(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`)
    for (const delta of DELTAS) socket.write(event(delta))
    socket.write(event({}, 'tool_calls'))
    socket.write(chunk(DONE))
    socket.write(LAST_CHUNK)
  })
  gateway = await startTestGateway(upstream.url, undefined, { wrap: throwing })
  client = overheard(gateway.url)
})
t.teardown(async () => {
  await gateway.server.stop(0)
  await upstream.close()
})

for (const stream of [false, true]) {
  t.test(stream ? 'streamed' : 'plain', async (t) => {
    // How often it is called differs by a call or two: what comes in one read, it is told at once.
    for (throwsAt = 1; ; throwsAt++) {
      calls = 0
      client.forget()
      thrown = THROWN[throwsAt % THROWN.length]
      const [asked, entries] = [upstream.asked.length, gateway.ledger.entries.length]
      const error = await failure(client, stream)
      if (calls < throwsAt) {
        t.equal(error, undefined)
        noSecret(t)
        t.ok(throwsAt > 6, `the engine is called ${calls} times`)
        return
      }
      const why = `call ${throwsAt}`
      t.equal(error?.code, 'ERR_MASKING_FAILED', why)
      noSecret(t)
      t.notMatch(client.came(), /\[DONE\]/, why)
      t.match(gateway.logs.join(''), `"code":"ERR_MASKING_FAILED"`)
      const later = gateway.ledger.entries.slice(entries)
      if (upstream.asked.length === asked) {
        t.equal(error?.status, 500)
        t.match(later, [{ kind: 'refusal', error: 'ERR_MASKING_FAILED', model: 'open' }], why)
        t.equal(later.length, 1, `${why}: nothing was sent, so there was nothing to decide`)
      } else {
        t.match(later, [
          { kind: 'decision' },
          { kind: 'outcome', status: 'failed', error: 'ERR_MASKING_FAILED', upstreamStatus: 200 },
        ])
      }
    }
  })
}

t.test('an engine that can’t even be made', async (t) => {
  const bad = await startTestGateway(upstream.url, undefined, {
    wrap() {
      throw new Error('no such automaton')
    },
  })
  t.teardown(() => bad.server.stop(0))
  const asked = upstream.asked.length
  const error = await failure(overheard(bad.url), false)
  t.match(error, { status: 500, code: 'ERR_MASKING_FAILED' })
  t.equal(upstream.asked.length, asked)
})

t.test('a stream whose masking failed stops costing: the connection upstream is closed', async (t) => {
  const says = (content: string): Buffer =>
    chunk(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
  upstream.script = ({ socket }) => void socket.write(chunkedHead() + says('bob@').toString())
  throwsAt = Infinity
  thrown = new Error('an automaton lost its way')
  const before = upstream.asked.length
  const reply = failure(client, true)
  await until('the model server was asked', () => upstream.asked.length > before)
  throwsAt = calls + 1
  upstream.asked.at(-1)?.socket.write(says('builder'))
  t.equal((await reply)?.code, 'ERR_MASKING_FAILED')
  await until('the connection upstream is closed', () => !!upstream.asked.at(-1)?.closed)
})

function noSecret(t: Test): void {
  const told = client.came() + gateway.logs.join('') + (upstream.asked.at(-1)?.body ?? '')
  for (const secret of SECRETS) t.notOk(told.includes(secret), `${secret}, at call ${throwsAt}`)
}

/** The engine, but throwing at one of its calls. */
function throwing(masker: Masker): Masker {
  const count = <T>(call: () => T): T => {
    if (++calls === throwsAt) throw thrown
    return call()
  }
  return {
    detectors: masker.detectors,
    mask: (text, kind) => count(() => masker.mask(text, kind)),
    open(kind) {
      const stream = count(() => masker.open(kind))
      return { write: (text) => count(() => stream.write(text)), end: () => count(() => stream.end()) }
    },
  }
}

/** How the SDK says that it failed; undefined where it did not. */
async function failure(client: Overheard, stream: boolean): Promise<APIError | undefined> {
  const answer = await client.ask(PROMPT, stream)
  return answer instanceof APIError ? answer : undefined
}
