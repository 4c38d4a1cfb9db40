// Threads that die, hang or are abandoned: their documents fail closed, everyone else's are read.
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import {
  createThreadDocuments,
  type ThreadDocuments,
} from '../../src/adapters/worker-threads/thread-documents.ts'
import { whereOf } from '../../src/gateway/failure.ts'
import { blocksOf, CHAT, lifetime, maskedRequest, requestOf } from '../support/documents.ts'
import { startTestGateway, TOKEN } from '../support/gateway-parts.ts'
import { completion, startScriptedUpstream, whole } from '../support/scripted-upstream.ts'

const LARGE = 'x'.repeat(1.5 * 2 ** 20)
const ok = { findings: { email: 1 } }

function faultyThreads(t: Test, threads = 2): { documents: ThreadDocuments; started: () => number } {
  let started = 0
  const start = (): Worker => {
    started++
    return new Worker(new URL('./faulty-reader.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    })
  }
  const documents = createThreadDocuments(start, threads)
  t.teardown(() => documents.close())
  return { documents, started: () => started }
}

const read = (documents: ThreadDocuments, content: unknown, until = lifetime()) =>
  documents.request(CHAT, {}, blocksOf(requestOf(content)), until)
const sound = (documents: ThreadDocuments, more = '') =>
  maskedRequest(documents, requestOf(`ada@example.org ${more}`))

t.test('a thread that dies fails its own document, and is replaced', async (t) => {
  const { documents, started } = faultyThreads(t)
  for (const fault of ['EXIT', 'MEMORY']) {
    const others = Promise.all([sound(documents), sound(documents), sound(documents)])
    await t.rejects(read(documents, fault), { code: 'ERR_MASKING_FAILED', status: 500 })
    t.match(await others, [ok, ok, ok])
  }
  t.match(await Promise.all([sound(documents), sound(documents)]), [ok, ok])
  t.ok(started() <= 4, 'no more threads than were needed')
})

t.test('what a thread throws is told without its message', async (t) => {
  const { documents } = faultyThreads(t)
  const thrown = await read(documents, 'THROW').then(
    () => undefined,
    (error: Error) => error,
  )
  t.match(thrown, { code: 'ERR_INTERNAL' })
  t.match(whereOf(thrown?.cause), ['Error', /^at .*faulty-reader/])
  t.notMatch(`${thrown?.message}${thrown?.stack}${(thrown?.cause as Error).stack}`, 'ada@')
  t.match(await sound(documents), ok, 'the thread goes on')
})

t.test(
  'who leaves waits for nothing: a thread that hangs is ended, a place in the queue given up',
  async (t) => {
    const { documents, started } = faultyThreads(t)
    const [first, second, queued] = [lifetime(), lifetime(), lifetime()]
    const hanging = [read(documents, 'HANG', first), read(documents, 'HANG', second)]
    const waiting = read(documents, 'EXIT', queued)
    const behind = sound(documents)
    queued.leave(new Error('left the queue'))
    await t.rejects(waiting, { message: 'left the queue' })
    first.leave(new Error('left'))
    second.leave(new Error('left'))
    for (const one of hanging) await t.rejects(one, { message: 'left' })
    t.match(await behind, ok)
    t.ok(started() <= 4)
  },
)

t.test('large documents leave a thread to the others', async (t) => {
  const { documents } = faultyThreads(t)
  const slow = lifetime()
  const hanging = read(documents, ['HANG', LARGE], slow)
  const alsoLarge = sound(documents, LARGE)
  for (let i = 0; i < 3; i++) t.match(await sound(documents, 'x'.repeat(100_000)), ok)
  slow.leave(new Error('left'))
  await t.rejects(hanging, { message: 'left' })
  t.match(await alsoLarge, ok)
})

t.test('an exchange that ends before its request is inspected gives its thread back', async (t) => {
  const { documents, started } = faultyThreads(t)
  for (let i = 0; i < 5; i++) {
    const until = lifetime()
    t.match(await read(documents, 'hi', until), { asked: { model: 'm' } })
    until.over()
  }
  t.match(await sound(documents), ok)
  t.ok(started() <= 2)
})

t.test('when the gateway stops, nothing is read any more', async (t) => {
  const { documents } = faultyThreads(t)
  const told = [read(documents, 'HANG'), read(documents, 'HANG'), read(documents, 'hi')].map((one) =>
    one.then(
      () => 'read',
      (error: { code: string }) => error.code,
    ),
  )
  await documents.close()
  t.same(await Promise.all(told), ['ERR_MASKING_FAILED', 'ERR_MASKING_FAILED', 'ERR_GATEWAY_STOPPING'])
  await t.rejects(read(documents, 'hi'), { code: 'ERR_GATEWAY_STOPPING' })
})

t.test('callers are told, nothing is sent, and the next one is served', async (t) => {
  const { documents } = faultyThreads(t)
  const upstream = await startScriptedUpstream(
    ({ socket }) => void socket.write(whole(200, 'application/json', completion('hi'))),
  )
  const gateway = await startTestGateway(upstream.url, undefined, { documents })
  t.teardown(async () => {
    await gateway.server.stop(0)
    await upstream.close()
  })
  const ask = (content: string): Promise<Response> =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: requestOf(content).replace('"m"', '"open"'),
    })
  const failed = await ask('EXIT')
  t.equal(failed.status, 500)
  t.match(await failed.json(), { error: { code: 'ERR_MASKING_FAILED' } })
  t.equal(upstream.asked.length, 0)
  t.match(gateway.ledger.entries.at(-1), { kind: 'refusal', error: 'ERR_MASKING_FAILED' })
  const leaving = new AbortController()
  const left = fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: requestOf('HANG'),
    signal: leaving.signal,
  })
  setTimeout(() => leaving.abort(), 50)
  await t.rejects(left, { name: 'AbortError' })
  t.equal((await ask('hi ada@example.org')).status, 200)
  t.match(upstream.asked[0]?.body, /"hi \[EMAIL\]"/)
  await gateway.quiet()
})
