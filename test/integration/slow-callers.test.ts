// Callers who take their time: with the head, the body, the reply, or with whole connections. Each is bounded, and told.
import t, { type Test } from 'tap'
import { startTestGateway, type TestGateway } from '../support/gateway-parts.ts'
import { chatHead, chatRequest, rawCaller } from '../support/raw-caller.ts'
import {
  chunk,
  chunkedHead,
  completion,
  event,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

const UNMASKED = { request: [], reply: [] }

async function scene(
  t: Test,
  options: Parameters<typeof startTestGateway>[2],
): Promise<{ upstream: ScriptedUpstream; gateway: TestGateway }> {
  const upstream = await startScriptedUpstream(
    ({ socket }) => void socket.write(whole(200, 'application/json', completion('Hello there'))),
  )
  const gateway = await startTestGateway(upstream.url, UNMASKED, options)
  t.teardown(async () => {
    await gateway.server.stop(0)
    await upstream.close()
  })
  return { upstream, gateway }
}

t.test(
  'a head that does not come, or drips: 408 in JSON, counted, and others are served meanwhile',
  async (t) => {
    const { gateway } = await scene(t, { receive: 400 })
    const slow = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rawCaller(gateway.url, n % 2 ? '' : 'POST /v1/chat')),
    )
    const dripping = setInterval(() => {
      slow.forEach(({ socket }, n) => n % 2 === 0 && socket.write('x'))
    }, 50)
    t.teardown(() => clearInterval(dripping))
    const served = await rawCaller(gateway.url, chatRequest(false))
    await until('another is served', () => served.came().includes('Hello there'))
    served.socket.destroy()
    await Promise.all(slow.map(({ ended }) => ended))
    for (const { came } of slow) {
      t.match(came(), /^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*"code":"ERR_CALLER_TOO_SLOW"/)
    }
    t.match(await metrics(gateway), /refusals_total\{code="ERR_CALLER_TOO_SLOW"\} 50$/m)
    t.notOk(
      gateway.ledger.entries.some(({ kind }) => kind === 'refusal'),
      'nobody knows who they were',
    )
  },
)

t.test('a body that never ends: 408 in the dialect, one refusal, whatever it drips', async (t) => {
  const { upstream, gateway } = await scene(t, { receive: 400 })
  for (const head of [
    chatHead(1_000_000),
    chatHead(0).replace('content-length: 0', 'transfer-encoding: chunked'),
  ]) {
    const before = gateway.ledger.entries.length
    const caller = await rawCaller(gateway.url, head)
    const drip = head.includes('chunked') ? '1\r\n \r\n' : ' '
    const dripping = setInterval(() => caller.socket.write(drip), 20)
    await until('it is told', () => caller.came().includes('ERR_CALLER_TOO_SLOW'))
    clearInterval(dripping)
    t.match(caller.came(), /^HTTP\/1\.1 408 [\s\S]*did not come whole in time/)
    t.match(caller.came(), new RegExp(`^sluice-entry: ${before}\r$`, 'm'))
    t.notMatch(caller.came(), /x-should-retry/, 'another attempt costs nothing twice')
    await gateway.quiet()
    t.match(gateway.ledger.entries.slice(before), [{ kind: 'refusal', error: 'ERR_CALLER_TOO_SLOW' }])
    caller.socket.destroy()
  }
  t.equal(upstream.asked.length, 0)
})

t.test('a model server that thinks for longer than a caller may take to ask is waited for', async (t) => {
  const { upstream, gateway } = await scene(t, { receive: 200, stall: 200 })
  const answer = upstream.script
  upstream.script = (asked) => void setTimeout(() => answer(asked), 900)
  const caller = await rawCaller(gateway.url, chatRequest(false))
  await until('it is answered', () => caller.came().includes('Hello there'))
  t.match(gateway.ledger.entries.at(-1), { kind: 'outcome', status: 'completed' })
  caller.socket.destroy()
})

t.test('a reply that nobody reads holds its model server for so long, and no longer', async (t) => {
  const { upstream, gateway } = await scene(t, { stall: 500 })
  upstream.script = ({ socket }) => {
    socket.write(chunkedHead())
    const more = (): void => {
      while (socket.write(chunk(event('word '.repeat(10_000)))));
      socket.once('drain', more)
    }
    more()
  }
  const caller = await rawCaller(gateway.url, chatRequest(true), { deaf: true })
  await until('the connection upstream is closed', () => !!upstream.asked[0]?.closed)
  await gateway.quiet()
  t.match(gateway.ledger.entries, [
    { kind: 'decision' },
    { kind: 'outcome', status: 'interrupted', error: 'ERR_CALLER_TOO_SLOW', upstreamStatus: 200 },
  ])
  t.equal(gateway.ledger.entries.length, 2)
  caller.socket.resume()
  await until('what ended it is told, when it reads again', () =>
    caller.came().slice(-2_000).includes('not read on for too long'),
  )
  caller.socket.destroy()
})

t.test('… and one who reads slowly, but reads, gets all of it', async (t) => {
  const { upstream, gateway } = await scene(t, { stall: 2_000, reply: 2 ** 25 })
  const text = 'word '.repeat(2 ** 21)
  upstream.script = ({ socket }) => void socket.write(whole(200, 'application/json', completion(text)))
  const caller = await rawCaller(gateway.url, chatRequest(false), { deaf: true })
  let ended = false
  const reading = setInterval(() => {
    caller.socket.resume()
    setTimeout(() => caller.socket.pause(), 5)
  }, 60)
  t.teardown(() => clearInterval(reading))
  void caller.ended.then(() => (ended = true))
  await until('all of it has come', () => caller.came().includes('sluice-outcome: {'))
  t.ok(caller.came().length > text.length)
  t.notOk(ended)
  caller.socket.destroy()
})

t.test('… and a whole reply that nobody reads does not hold its memory for ever', async (t) => {
  const { upstream, gateway } = await scene(t, { stall: 300, reply: 2 ** 25 })
  const text = 'word '.repeat(2 ** 22)
  upstream.script = ({ socket }) => void socket.write(whole(200, 'application/json', completion(text)))
  const caller = await rawCaller(gateway.url, chatRequest(false), { deaf: true })
  await until('the outcome is on record', () => gateway.ledger.entries.length === 2)
  await until('the connection is let go', async () => /connections_open 1$/m.test(await metrics(gateway)))
  caller.socket.resume()
  await caller.ended
  t.notOk(caller.came().includes('sluice-outcome: {'), 'what it got does not look whole')
})

t.test(
  'more connections than the bound: the longest idle gives way, so that others are served',
  async (t) => {
    const { gateway } = await scene(t, { connections: 20 })
    const idlers = await Promise.all(Array.from({ length: 60 }, () => rawCaller(gateway.url, 'POST /v1')))
    const gone = idlers.slice(0, 10).map(({ ended }) => ended)
    await Promise.all(gone)
    for (let n = 0; n < 5; n++) {
      const caller = await rawCaller(gateway.url, chatRequest(false))
      await until('it is served', () => caller.came().includes('Hello there'))
      t.teardown(() => void caller.socket.destroy())
    }
    const counted = /connections_dropped_total (\d+)/.exec(await metrics(gateway))?.[1]
    t.ok(Number(counted) >= 40, `${counted} were dropped`)
    for (const { socket } of idlers) socket.destroy()
  },
)

t.test('… and where every one has a request in progress, the newcomer is closed', async (t) => {
  const { upstream, gateway } = await scene(t, { connections: 3 })
  upstream.script = () => undefined
  const busy = await Promise.all([1, 2, 3].map(() => rawCaller(gateway.url, chatRequest(true))))
  await until('all are being answered', () => upstream.asked.length === 3)
  const newcomer = await rawCaller(gateway.url, chatRequest(false))
  await newcomer.ended
  t.equal(newcomer.came(), '')
  t.equal(upstream.asked.length, 3)
  for (const { socket } of busy) socket.destroy()
  await until('all of them are gone', () => upstream.asked.every(({ closed }) => closed))
  await gateway.quiet()
})

async function metrics(gateway: TestGateway): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text()
}
