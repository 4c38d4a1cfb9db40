// Connections to model servers: where none comes about, when one is kept, and what is read of it.
import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { APIError } from 'openai'
import t, { type Test } from 'tap'
import { makeCertificate, noOpenssl } from '../support/certificate.ts'
import { freePort } from '../support/free-port.ts'
import { startTestGateway, type TestGateway } from '../support/gateway-parts.ts'
import { overheard, type Overheard } from '../support/overheard.ts'
import {
  chunk,
  chunkedHead,
  completion,
  DONE,
  event,
  LAST_CHUNK,
  startScriptedUpstream,
  streamed,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

const SECRET = 'upstream-words-0815'

let upstream: ScriptedUpstream
let gateway: TestGateway
let client: Overheard

t.before(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startTestGateway(upstream.url)
  client = overheard(gateway.url)
})
t.teardown(async () => {
  await gateway.server.stop(0)
  await upstream.close()
})

t.test('a model server that is down', async (t) => {
  const port = await freePort()
  const alone = await startTestGateway(`http://127.0.0.1:${port}/v1`)
  t.teardown(() => alone.server.stop(0))
  for (const streamed of [false, true]) {
    const error = (await overheard(alone.url).ask('hi', streamed)) as APIError
    t.match(error, { status: 502, code: 'ERR_UPSTREAM_UNREACHABLE', message: /ECONNREFUSED/ })
    t.equal(error.headers?.get('x-should-retry'), null, 'trying again costs nothing')
    t.match(alone.ledger.entries.at(-1), { status: 'failed', error: 'ERR_UPSTREAM_UNREACHABLE' })
  }
})

t.test('a name that nobody knows', async (t) => {
  const alone = await startTestGateway('http://no-such-host.invalid/v1')
  t.teardown(() => alone.server.stop(0))
  await cannotBeReached(t, alone, /ENOTFOUND|EAI_AGAIN/)
})

t.test('a certificate that is not trusted is told as such', { skip: noOpenssl }, async (t) => {
  const { cert, key } = makeCertificate(t.testdir(), 'stranger')
  const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) })
  const alone = await gatewayBefore(t, server, 'https')
  await cannotBeReached(t, alone, /certificate is not trusted.*NODE_EXTRA_CA_CERTS/)
})

t.test('TLS that does not come about: nothing was sent', async (t) => {
  const greetings: [string, (socket: Socket) => void, RegExp][] = [
    ['no TLS there', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /TLS does not fit/],
    ['reset in the handshake', (socket) => socket.once('data', () => socket.resetAndDestroy()), /ECONNRESET/],
    ['closed in the handshake', (socket) => socket.once('data', () => socket.destroy()), /ECONNRESET/],
    ['no word in the handshake', (socket) => socket.resume(), /UND_ERR_CONNECT_TIMEOUT/],
  ]
  for (const [name, greet, message] of greetings) {
    await t.test(name, async (t) => {
      const alone = await gatewayBefore(
        t,
        createServer((socket) => greet(socket.on('error', () => undefined))),
        'https',
      )
      await cannotBeReached(t, alone, message)
    })
  }
})

t.test('a connection that was closed while nobody used it costs nothing', async (t) => {
  upstream.script = ({ socket }) => void socket.end(whole(200, 'application/json', completion('one')))
  t.equal(await client.ask('hi', false), 'one')
  await until('the connection is closed', () => !!upstream.asked.at(-1)?.closed)
  upstream.script = ({ socket }) => void socket.write(whole(200, 'application/json', completion('two')))
  t.equal(await client.ask('hi', false), 'two')
})

t.test('a kept connection that closes as the request comes: it is told, and never sent twice', async (t) => {
  upstream.script = ({ socket }) => void socket.write(whole(200, 'application/json', completion('one')))
  t.equal(await client.ask('hi', false), 'one')
  const [before, connections] = [upstream.asked.length, upstream.connections()]
  upstream.script = ({ socket }) => void socket.destroy()
  const error = (await client.ask('hi', false)) as APIError
  t.match(error, { status: 502, code: 'ERR_UPSTREAM_FAILED', message: /before it answered/ })
  t.equal(error.headers?.get('x-should-retry'), 'false', 'nobody knows whether it was begun')
  t.equal(upstream.connections(), connections, 'it went over the kept one')
  t.equal(upstream.asked.length, before + 1)
  t.match(gateway.ledger.entries.at(-1), { kind: 'outcome', status: 'failed', error: 'ERR_UPSTREAM_FAILED' })
})

t.test('what follows a reply is never the reply to the next request', async (t) => {
  const next = whole(200, 'application/json', completion(SECRET))
  upstream.script = ({ socket }) =>
    void socket.write(Buffer.concat([whole(200, 'application/json', completion('mine')), next]))
  t.equal(await client.ask('hi', false), 'mine')
  upstream.script = ({ socket }) => void socket.write(whole(200, 'application/json', completion('yours')))
  t.equal(await client.ask('hi', false), 'yours')
  upstream.script = ({ socket }) => {
    socket.write(whole(200, 'application/json', completion('again mine')))
    setTimeout(() => socket.write(next), 20)
  }
  t.equal(await client.ask('hi', false), 'again mine')
  await until('the connection is closed', () => !!upstream.asked.at(-1)?.closed)
})

t.test('a model server that does not read the request', async (t) => {
  const unread = createServer((socket) => void socket.on('error', () => undefined).pause())
  const alone = await gatewayBefore(t, unread, 'http', { body: 2 ** 25, upstream: { firstByte: 500 } })
  const error = (await overheard(alone.url).ask('x'.repeat(2 ** 24), false)) as APIError
  t.match(error, { status: 502, code: 'ERR_UPSTREAM_FAILED', message: /did not answer in time/ })
})

t.test('a model server that breaks or answers while a large request is on its way', async (t) => {
  let says: (socket: Socket) => void = () => undefined
  const early = createServer((socket) => {
    let bytes = 0
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      if (bytes < 2 ** 20 && (bytes += chunk.length) >= 2 ** 20) says(socket)
    })
  })
  const alone = await gatewayBefore(t, early, 'http', { body: 2 ** 25 })
  const of = (socket: Socket, then: () => void, status: number, body: string) => {
    socket.pause()
    socket.write(whole(status, 'application/json', body), then)
  }
  const cases: [name: string, typeof says, RegExp | string, outcome: object][] = [
    [
      'resets',
      (socket) => void socket.resetAndDestroy(),
      /before it answered/,
      { error: 'ERR_UPSTREAM_FAILED' },
    ],
    ['closes', (socket) => void socket.end(), /before it answered/, { error: 'ERR_UPSTREAM_FAILED' }],
    [
      'refuses and closes',
      (socket) => of(socket, () => socket.destroy(), 413, `{"error":"${SECRET}"}`),
      /refused the request \(HTTP 413\)/,
      { error: 'ERR_UPSTREAM_REFUSED', upstreamStatus: 413 },
    ],
    [
      'refuses, and reads no more',
      (socket) => of(socket, () => undefined, 413, `{"error":"${SECRET}"}`),
      /refused the request \(HTTP 413\)/,
      { error: 'ERR_UPSTREAM_REFUSED', upstreamStatus: 413 },
    ],
    [
      'answers',
      (socket) => of(socket, () => undefined, 200, completion('Hello')),
      'Hello',
      { status: 'completed' },
    ],
  ]
  for (const [name, way, told, outcome] of cases) {
    says = way
    const answer = await overheard(alone.url).ask('x'.repeat(12 * 2 ** 20), false)
    t.match(typeof answer === 'string' ? answer : answer.message, told, name)
    t.notMatch(JSON.stringify(answer), SECRET)
    t.match(alone.ledger.entries.at(-1), { kind: 'outcome', ...outcome }, name)
  }
  await alone.quiet()
})

t.test(
  'when a busy model server wants to be asked again goes on to the caller, if it is a time',
  async (t) => {
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
    for (const [says, goesOn] of [
      ['7', '7'],
      [date, date],
      [SECRET, null],
    ] as const) {
      upstream.script = ({ socket }) =>
        void socket.write(whole(429, 'application/json', '{}', [`retry-after: ${says}`]))
      const error = (await client.ask('hi', false)) as APIError
      t.match(error, { status: 429, code: 'ERR_UPSTREAM_BUSY' })
      t.equal(error.headers?.get('retry-after'), goesOn)
      t.equal(error.headers?.get('x-should-retry'), null)
    }
  },
)

t.test('what comes after the end of a stream is dropped', async (t) => {
  upstream.script = ({ socket }) => {
    socket.write(chunkedHead())
    for (const piece of [event('Hello'), event('', 'stop'), DONE, event(SECRET), SECRET])
      socket.write(chunk(piece))
  }
  t.equal(await client.ask('hi', true), 'Hello')
  t.notOk(client.came().includes(SECRET))
  t.match(gateway.ledger.entries.at(-1), { kind: 'outcome', status: 'completed' })
  await until('the connection upstream is closed', () => !!upstream.asked.at(-1)?.closed)
})

t.test('a character and an event cut anywhere arrive whole', async (t) => {
  const bytes = Buffer.from(event('für €5 an bob@example.org 🎉') + event('', 'stop') + DONE)
  upstream.script = ({ socket }) => {
    socket.setNoDelay(true)
    socket.write(chunkedHead())
    for (const byte of bytes) socket.write(chunk(Buffer.from([byte])))
    socket.write(LAST_CHUNK)
  }
  t.equal(await client.ask('hi', true), 'für €5 an [EMAIL] 🎉')
})

t.test('a connection is kept after a stream, also where its last chunk comes late', async (t) => {
  const content = 'word '.repeat(8_000)
  let late = 0
  upstream.script = ({ socket }) => {
    const bytes = streamed(content)
    socket.write(bytes.subarray(0, -LAST_CHUNK.length))
    setTimeout(() => socket.write(LAST_CHUNK, () => late++), 20)
  }
  const before = upstream.asked.length
  for (let asks = 1; asks <= 3; asks++) {
    t.equal(await client.ask('hi', true), content)
    await until('the last chunk was sent', () => late === asks)
  }
  t.notOk(upstream.asked.slice(before).some(({ closed }) => closed))
})

/** A gateway whose model server is `server`. */
async function gatewayBefore(
  t: Test,
  server: Server,
  scheme: 'http' | 'https',
  options: Parameters<typeof startTestGateway>[2] = { upstream: { connect: 1_000 } },
): Promise<TestGateway> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const alone = await startTestGateway(`${scheme}://127.0.0.1:${port}/v1`, undefined, options)
  t.teardown(async () => {
    await alone.server.stop(0)
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return alone
}

async function cannotBeReached(t: Test, alone: TestGateway, message: RegExp): Promise<void> {
  const error = (await overheard(alone.url).ask('hi', false)) as APIError
  t.match(error, { status: 502, code: 'ERR_UPSTREAM_UNREACHABLE', message })
  t.equal(error.headers?.get('x-should-retry'), null, 'trying again costs nothing')
  t.match(alone.ledger.entries.at(-1), { kind: 'outcome', error: 'ERR_UPSTREAM_UNREACHABLE' })
}
