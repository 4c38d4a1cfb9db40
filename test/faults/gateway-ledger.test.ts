// A ledger that fails or is slow: nothing goes upstream before its entry is durable, no reply ends without its outcome.
import { request } from 'node:http'
import OpenAI from 'openai'
import t, { type Test } from 'tap'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { read } from '../support/overheard.ts'
import {
  completion,
  startScriptedUpstream,
  streamed,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

const messages = [{ role: 'user' as const, content: 'hi' }]
const body = (stream: boolean): string => JSON.stringify({ model: 'open', messages, stream })

const REFUSED = { status: 503, code: 'ERR_LEDGER_UNAVAILABLE' }

interface Scene {
  readonly upstream: ScriptedUpstream
  readonly gateway: TestGateway
  readonly openai: OpenAI
}

async function scene(t: Test): Promise<Scene> {
  const upstream = await startScriptedUpstream(({ socket, body }) => {
    socket.write(
      body.includes('"stream":true')
        ? streamed('Hello ', 'there')
        : whole(200, 'application/json', completion('Hello there')),
    )
  })
  const gateway = await startTestGateway(upstream.url)
  t.teardown(async () => {
    await gateway.server.stop(0)
    await upstream.close()
  })
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TOKEN, maxRetries: 0 })
  return { upstream, gateway, openai }
}

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'

  t.test(
    `the decision can't be written, ${how}: 503, nothing upstream, and so for everyone after`,
    async (t) => {
      const { upstream, gateway, openai } = await scene(t)
      t.equal((await fetch(`${gateway.url}/readyz`)).status, 200)
      gateway.ledger.before = () => {
        throw new Error('the disk is full')
      }
      await t.rejects(openai.chat.completions.create({ model: 'open', messages, stream }), REFUSED)
      gateway.ledger.before = () => undefined
      await t.rejects(openai.chat.completions.create({ model: 'open', messages, stream }), REFUSED)
      t.equal(upstream.asked.length, 0)
      t.same(gateway.ledger.entries, [])

      const ready = await fetch(`${gateway.url}/readyz`)
      t.equal(ready.status, 503)
      t.equal(await ready.text(), 'the ledger is not writable\n')
      t.equal((await fetch(`${gateway.url}/healthz`)).status, 200, 'it lives, so nobody restarts it for that')
      t.match(await metrics(gateway), /^sluice_ledger_writable 0$/m)
      t.match(await metrics(gateway), /^sluice_refusals_total\{code="ERR_LEDGER_UNAVAILABLE"\} 2$/m)
    },
  )

  t.test(
    `the outcome can't be written, ${how}: the connection is reset, the end never arrives`,
    async (t) => {
      const { gateway, openai } = await scene(t)
      gateway.ledger.before = ([first]) => {
        if (first?.kind === 'outcome') throw new Error('the disk is full')
      }
      const reply = await raw(gateway, body(stream))
      t.equal(reply.error, 'ECONNRESET')
      t.notMatch(reply.text, /\[DONE\]/)
      if (!stream) t.equal(reply.text, '', 'not even the beginning')
      t.notMatch(reply.text, /error/, 'and no word that a client could take for an end')
      t.match(gateway.ledger.entries, [{ kind: 'decision' }])
      t.equal(gateway.ledger.entries.length, 1)
      t.match(gateway.logs.at(-1), '"code":"ERR_LEDGER_UNAVAILABLE"')
      await t.rejects(openai.chat.completions.create({ model: 'open', messages, stream }), REFUSED)
      await gateway.quiet()
    },
  )

  t.test(`a failure's outcome can't be written, ${how}: reset as well`, async (t) => {
    const { upstream, gateway } = await scene(t)
    upstream.script = ({ socket }) => void socket.write(whole(500, 'application/json', '{}'))
    gateway.ledger.before = ([first]) => {
      if (first?.kind === 'outcome') throw new Error('the disk is full')
    }
    t.match(await raw(gateway, body(stream)), { error: 'ECONNRESET', text: '' })
  })

  t.test(`a slow ledger, ${how}: the model server sees nothing before the decision is durable`, async (t) => {
    const { upstream, gateway, openai } = await scene(t)
    const durable = Promise.withResolvers<void>()
    let asked = 0
    let outcomes = 0
    const outcome = Promise.withResolvers<void>()
    gateway.ledger.before = async ([first]) => {
      if (first?.kind === 'decision') {
        asked++
        await durable.promise
      } else {
        outcomes++
        await outcome.promise
      }
    }
    const reply = openai.chat.completions.create({ model: 'open', messages, stream }).then(read)
    await until('the decision is being written', () => asked === 1)
    // Other requests come and go meanwhile: the gateway had every chance to send.
    for (let i = 0; i < 20; i++) await metrics(gateway)
    t.equal(upstream.asked.length, 0)
    durable.resolve()
    await until('the outcome is being written', () => outcomes === 1)
    t.equal(upstream.asked.length, 1)
    let ended = false
    void reply.then(() => (ended = true))
    for (let i = 0; i < 20; i++) await metrics(gateway)
    t.notOk(ended, 'the reply waits for its outcome')
    outcome.resolve()
    t.equal(await reply, 'Hello there')
  })
}

t.test('a denial that can’t be written is a 503 too', async (t) => {
  const { gateway, openai } = await scene(t)
  gateway.ledger.before = () => {
    throw new Error('the disk is full')
  }
  await t.rejects(openai.chat.completions.create({ model: 'closed', messages }), REFUSED)
})

async function metrics(gateway: TestGateway): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text()
}

/** What came of a reply before it ended, and the code of the error that ended it. */
function raw(gateway: TestGateway, body: string): Promise<{ text: string; error: string | undefined }> {
  return new Promise((resolve) => {
    let text = ''
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    const asking = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers })
    asking.on('response', (response) => {
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ text, error: code }))
      response.on('end', () => resolve({ text, error: undefined }))
    })
    asking.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ text, error: code }))
    asking.end(body)
  })
}
