// Callers who leave, and callers who do not read: what it costs the model server, the gateway's memory, and the record.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { freePort } from '../support/free-port.ts'
import { startTestGateway, type TestGateway } from '../support/gateway-parts.ts'
import { chatHead, chatRequest, rawCaller } from '../support/raw-caller.ts'
import {
  chunk,
  chunkedHead,
  completion,
  DONE,
  event,
  LAST_CHUNK,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

async function scene(
  t: Test,
  ...[mask, options]: Parameters<typeof startTestGateway> extends [string, ...infer Rest] ? Rest : never
): Promise<{ upstream: ScriptedUpstream; gateway: TestGateway }> {
  const upstream = await startScriptedUpstream()
  const gateway = await startTestGateway(upstream.url, mask, options)
  t.teardown(async () => {
    await gateway.server.stop(0)
    await upstream.close()
  })
  return { upstream, gateway }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const outcomes = ({ ledger }: TestGateway) => ledger.entries.filter(({ kind }) => kind === 'outcome')
const UNMASKED = { request: [], reply: [] }
const CANCELLED = [{ status: 'cancelled', error: 'ERR_CANCELLED' }]

t.test('a caller who leaves before its body ends: one refusal on record, nothing left behind', async (t) => {
  const { upstream, gateway } = await scene(t)
  const zipped = gzipSync(Buffer.alloc(1_000, 'x')).subarray(0, -8)
  for (const [begun, more] of [
    [Buffer.from('{"model":'), []],
    [zipped, ['content-encoding: gzip']],
  ] as const) {
    // An end of what it sends could still be half of a farewell; a reset is the whole of it.
    for (const leave of ['destroy', 'resetAndDestroy'] as const) {
      const caller = await rawCaller(gateway.url, Buffer.concat([Buffer.from(chatHead(1_000, more)), begun]))
      await until('the exchange is open', async () => /_open 1$/m.test(await metrics(gateway)))
      caller.socket[leave]()
      await gateway.quiet()
    }
  }
  const refusal = { kind: 'refusal', subject: 'sub_ada', session: 'ses_1', model: undefined }
  const two = [
    { ...refusal, error: 'ERR_REQUEST_INVALID' },
    { ...refusal, error: 'ERR_CANCELLED' },
  ]
  t.match(gateway.ledger.entries, [...two, ...two])
  t.equal(gateway.ledger.entries.length, 4)
  t.equal(upstream.asked.length, 0)
})

t.test('… while the decision is being written: cancelled, and nothing goes upstream', async (t) => {
  const { upstream, gateway } = await scene(t)
  const durable = Promise.withResolvers<void>()
  let deciding = false
  gateway.ledger.before = async ([first]) => {
    deciding = true
    if (first?.kind === 'decision') await durable.promise
  }
  const caller = await rawCaller(gateway.url, chatRequest(true))
  await until('the decision is being written', () => deciding)
  caller.socket.destroy()
  // By the time that these are answered, the gateway has seen it leave.
  for (let i = 0; i < 20; i++) await metrics(gateway)
  durable.resolve()
  await gateway.quiet()
  t.match(outcomes(gateway), CANCELLED)
  t.equal(upstream.asked.length, 0)
})

t.test('… while the model server thinks: hung up on at once', async (t) => {
  const { upstream, gateway } = await scene(t)
  for (const stream of [false, true]) {
    const asked = upstream.asked.length
    const caller = await rawCaller(gateway.url, chatRequest(stream))
    await until('the model server was asked', () => upstream.asked.length > asked)
    caller.socket.destroy()
    await until('the connection upstream is closed', () => !!upstream.asked.at(-1)?.closed)
    await gateway.quiet()
  }
  t.match(outcomes(gateway), [...CANCELLED, ...CANCELLED])
})

t.test('… in the middle of a reply: hung up on at once, and its tokens so far are on record', async (t) => {
  const { upstream, gateway } = await scene(t)
  const usage = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } }
  upstream.script = ({ socket }) => {
    socket.write(chunkedHead())
    socket.write(chunk(event('Hello ada@example.org ') + `data: ${JSON.stringify(usage)}\n\n`))
  }
  const caller = await rawCaller(gateway.url, chatRequest(true))
  await until('it reads the first words', () => caller.came().includes('Hello [EMAIL]'))
  caller.socket.destroy()
  await until('the connection upstream is closed', () => !!upstream.asked.at(-1)?.closed)
  await gateway.quiet()
  t.match(outcomes(gateway), [
    { ...CANCELLED[0], findings: { email: 1 }, tokens: { input: 3, output: 1 }, upstreamStatus: 200 },
  ])
})

t.test('… by half: the end of what it sends is the end of it', async (t) => {
  const { upstream, gateway } = await scene(t)
  const caller = await rawCaller(gateway.url, chatRequest(true))
  await until('the model server was asked', () => upstream.asked.length > 0)
  caller.socket.end()
  await until('the connection upstream is closed', () => !!upstream.asked.at(-1)?.closed)
  await gateway.quiet()
  t.match(outcomes(gateway), CANCELLED)
})

t.test('a caller who does not read pauses the model server, and costs no memory', async (t) => {
  const { upstream, gateway } = await scene(t, UNMASKED)
  const events = Buffer.from(event('word '.repeat(200)).repeat(256))
  const total = 96
  let written = 0
  let stalled = false
  upstream.script = ({ socket }) => {
    socket.write(chunkedHead())
    const pour = (): void => {
      stalled = false
      while (written < total) {
        written++
        if (!socket.write(chunk(events))) {
          stalled = true
          return void socket.once('drain', pour)
        }
      }
      socket.write(chunk(event('', 'stop') + DONE))
      socket.write(LAST_CHUNK)
    }
    pour()
  }
  // What is loaded at the first request is no matter here.
  await fetch(`${gateway.url}/v1/chat/completions`)
  const before = memory()
  const caller = await rawCaller(gateway.url, chatRequest(true), { deaf: true })
  // It has come to rest when a while passes in which nothing more was taken.
  await until('the model server has stopped', async () => {
    const seen = written
    for (let i = 0; i < 25; i++) await metrics(gateway)
    return stalled && written === seen && written > 0
  })
  const megabytes = (written * events.length) / 2 ** 20
  // The system's own buffers on two connections take some; what is poured out is many times more.
  t.ok(written < total, `${megabytes} MB of ${(total * events.length) / 2 ** 20} were taken`)
  await until('memory is back to what it was, but for a few megabytes', () => memory() - before < 12)

  let length = 0
  let tail = ''
  caller.socket.removeAllListeners('data')
  caller.socket.on('data', (piece) => {
    length += piece.length
    tail = (tail + piece.toString('latin1')).slice(-2_000)
  })
  caller.socket.resume()
  await until('all of it has come', () => tail.includes('[DONE]'))
  t.equal(written, total)
  t.ok(length > total * events.length)
  await gateway.quiet()
  t.match(outcomes(gateway), [{ status: 'completed' }])
})

t.test('… and is let go when its sign-in ends', async (t) => {
  const { upstream, gateway } = await scene(t, UNMASKED)
  upstream.script = ({ socket }) => {
    socket.write(chunkedHead())
    const more = (): void => {
      while (socket.write(chunk(event('word '.repeat(10_000)))));
      socket.once('drain', more)
    }
    more()
  }
  const caller = await rawCaller(gateway.url, chatRequest(true), { deaf: true })
  await until('the model server has stopped', async () => {
    const asked = upstream.asked[0]
    for (let i = 0; i < 10; i++) await metrics(gateway)
    return asked?.socket.writableNeedDrain ?? false
  })
  gateway.revoke()
  await until('the connection upstream is closed', () => !!upstream.asked[0]?.closed)
  await gateway.quiet()
  t.match(outcomes(gateway), [{ status: 'interrupted', error: 'ERR_NOT_SIGNED_IN' }])
  caller.socket.destroy()
})

t.test('a session that is closed ends its stream, another one does not', async (t) => {
  const { upstream, gateway } = await scene(t, UNMASKED)
  upstream.script = ({ socket }) => {
    socket.write(chunkedHead())
    socket.write(chunk(event('Hello ')))
  }
  const caller = await rawCaller(gateway.url, chatRequest(true))
  await until('it reads the first words', () => caller.came().includes('Hello'))
  gateway.revoke('ses_2')
  t.match(await metrics(gateway), /_open 1$/m)
  gateway.revoke('ses_1')
  await until('the connection upstream is closed', () => !!upstream.asked[0]?.closed)
  await until('it is told', () => caller.came().includes('Your session was closed'))
  await gateway.quiet()
  t.match(outcomes(gateway), [{ status: 'interrupted', error: 'ERR_TOKEN_INVALID' }])
  caller.socket.destroy()
})

t.test('what ends while its token is looked up asks the model server nothing', async (t) => {
  const looking: (() => void)[] = []
  const lookUp = (): Promise<void> => new Promise((done) => looking.push(done))
  const { upstream, gateway } = await scene(t, UNMASKED, { lookUp })
  for (const [n, id, words] of [
    [1, 'sgn_1', 'Your sign-in was ended'],
    [2, 'ses_1', 'Your session was closed'],
  ] as const) {
    const caller = await rawCaller(gateway.url, chatRequest(true))
    await until('the token is looked up', () => looking.length === n)
    gateway.revoke(id)
    looking.at(-1)?.()
    await until('it is told', () => caller.came().includes(words))
    t.match(caller.came(), /^HTTP\/1\.1 401/)
    caller.socket.destroy()
    await gateway.quiet()
  }
  t.equal(upstream.asked.length, 0)
  t.match(gateway.ledger.entries, [
    { kind: 'refusal', error: 'ERR_NOT_SIGNED_IN' },
    { kind: 'refusal', error: 'ERR_TOKEN_INVALID' },
  ])
  t.equal(gateway.ledger.entries.length, 2)
})

t.test('who comes before its start is on record waits, and is let go where that fails', async (t) => {
  const port = await freePort()
  for (const fails of [false, true]) {
    const listening = Promise.withResolvers<void>()
    const recorded = Promise.withResolvers<void>()
    const onListening = (): Promise<void> => (listening.resolve(), recorded.promise)
    const starting = startTestGateway('http://127.0.0.1:1', UNMASKED, { port, onListening })
    await listening.promise
    const url = `http://127.0.0.1:${port}`
    const early = await rawCaller(url, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
    const leaving = await rawCaller(url, chatRequest(true))
    await new Promise((done) => setTimeout(done, 50))
    t.equal(early.came(), '')
    leaving.socket.destroy()
    if (fails) {
      recorded.reject(new Error('the disk is full'))
      await t.rejects(starting, { message: 'the disk is full' })
      await early.ended
      t.equal(early.came(), '')
    } else {
      recorded.resolve()
      await until('it is answered', () => early.came().includes('ok'))
      const { server } = await starting
      const before = Date.now()
      early.socket.destroy()
      await server.stop(10_000)
      t.ok(Date.now() - before < 5_000, 'nothing is waited for')
    }
  }
})

t.test('a reply that has ended still reaches a slow reader when the gateway stops', async (t) => {
  const { upstream, gateway } = await scene(t, undefined, { reply: 2 ** 25 })
  const text = 'x'.repeat(2 ** 24)
  upstream.script = ({ socket }) => void socket.write(whole(200, 'application/json', completion(text)))
  const caller = await rawCaller(gateway.url, chatRequest(false), { deaf: true })
  await until('the outcome is on record', () => outcomes(gateway).length === 1)
  const idle = await rawCaller(gateway.url, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
  await until('it is answered', () => idle.came().includes('ok'))
  const stopped = gateway.server.stop(15_000)
  idle.socket.write(chatRequest(true))
  await until('it is answered', () => idle.came().includes('HTTP/1.1 503'))
  t.match(idle.came(), /connection: close[\s\S]*ERR_GATEWAY_STOPPING/i)
  caller.socket.resume()
  await Promise.all([stopped, caller.ended])
  const came = caller.came()
  t.ok(came.length > text.length)
  t.match(came.slice(-500), /sluice-outcome: \{"status":"completed"/)
})

t.test('a caller who stalls in its body does not hold up the end', async (t) => {
  const { gateway } = await scene(t)
  const caller = await rawCaller(gateway.url, chatHead(1_000) + '{"model":')
  await until('the exchange is open', async () => /_open 1$/m.test(await metrics(gateway)))
  const stopped = gateway.server.stop(100)
  await until('it is told', () => caller.came().includes('ERR_GATEWAY_STOPPING'))
  caller.socket.destroy()
  await stopped
  t.match(caller.came(), /^HTTP\/1\.1 503/)
})

async function metrics(gateway: TestGateway): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text()
}

/** In megabytes, garbage left out. */
function memory(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return Math.round((heapUsed + external) / 2 ** 20)
}
