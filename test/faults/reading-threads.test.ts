// Threads that die, hang or are abandoned: their documents fail closed, everyone else's are read.
import t from 'tap'
import {
  createThreadDocuments,
  type ThreadDocuments,
} from '../../src/adapters/worker-threads/thread-documents.ts'
import { whereOf } from '../../src/gateway/failure.ts'
import { blocksOf, CHAT, lifetime, maskedRequest, requestOf, threadOf } from '../support/documents.ts'
import { startTestGateway, TOKEN } from '../support/gateway-parts.ts'
import { completion, startScriptedUpstream, whole } from '../support/scripted-upstream.ts'

const LARGE = 'x'.repeat(1.5 * 2 ** 20)
const ok = { findings: { email: 1 } }

let started = 0
function faultyThreads(): ThreadDocuments {
  const start = () => {
    started++
    return threadOf(new URL('./faulty-reader.ts', import.meta.url))
  }
  const documents = createThreadDocuments(start, 2, 100)
  t.teardown(() => documents.close())
  return documents
}

// Starting a thread takes a while: they are shared.
const documents = faultyThreads()

const read = (content: unknown, until = lifetime(), by = documents) =>
  by.request(CHAT, {}, blocksOf(requestOf(content)), until)
const sound = (more = '') => maskedRequest(documents, requestOf(`ada@example.org ${more}`))

t.test('a thread that dies fails its own document, and is replaced', async (t) => {
  const others = Promise.all([sound(), sound(), sound()])
  await t.rejects(read('EXIT'), { code: 'ERR_MASKING_FAILED', status: 500 })
  t.match(await others, [ok, ok, ok])
  t.match(await Promise.all([sound(), sound()]), [ok, ok])
  t.ok(started <= 3, `${started} threads, of which one has died`)
})

t.test('what a thread throws is told without its message', async (t) => {
  const thrown = await read('THROW').then(
    () => undefined,
    (error: Error) => error,
  )
  t.match(thrown, { code: 'ERR_INTERNAL' })
  t.match(whereOf(thrown?.cause), ['Error', /^at .*faulty-reader/])
  t.notMatch(`${thrown?.message}${thrown?.stack}${(thrown?.cause as Error).stack}`, 'ada@')
  t.match(await sound(), ok, 'the thread goes on')
})

t.test(
  'who leaves waits for nothing: a thread that hangs is ended, a place in the queue given up',
  async (t) => {
    const [first, second, queued] = [lifetime(), lifetime(), lifetime()]
    const hanging = [read('HANG', first), read('HANG', second)]
    const waiting = read('EXIT', queued)
    const behind = sound()
    queued.leave(new Error('left the queue'))
    await t.rejects(waiting, { message: 'left the queue' })
    first.leave(new Error('left'))
    second.leave(new Error('left'))
    for (const one of hanging) await t.rejects(one, { message: 'left' })
    t.match(await behind, ok)
  },
)

t.test('large documents leave a thread to the others', async (t) => {
  const slow = lifetime()
  const hanging = read(['HANG', LARGE], slow)
  const alsoLarge = sound(LARGE)
  for (let i = 0; i < 3; i++) t.match(await sound('x'.repeat(100_000)), ok)
  slow.leave(new Error('left'))
  await t.rejects(hanging, { message: 'left' })
  t.match(await alsoLarge, ok)
})

t.test('an exchange that ends before its request is inspected gives its thread back', async (t) => {
  for (let i = 0; i < 5; i++) {
    const until = lifetime()
    t.match(await read('hi', until), { asked: { model: 'm' } })
    until.over()
  }
  t.match(await sound(), ok)
})

t.test('when the gateway stops, nothing is read any more', async (t) => {
  const stopping = faultyThreads()
  const told = ['HANG', 'HANG', 'hi'].map((content) =>
    read(content, lifetime(), stopping).then(
      () => 'read',
      (error: { code: string }) => error.code,
    ),
  )
  await stopping.close()
  t.same(await Promise.all(told), ['ERR_MASKING_FAILED', 'ERR_MASKING_FAILED', 'ERR_GATEWAY_STOPPING'])
  await t.rejects(read('hi', lifetime(), stopping), { code: 'ERR_GATEWAY_STOPPING' })
})

t.test('callers are told, nothing is sent, and the next one is served', async (t) => {
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
