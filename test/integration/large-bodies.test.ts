// Bodies of up to the bound, ordinary and hostile, pass the real gateway: no turn of its event loop takes longer than 20 ms.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { site, type Site } from '../support/real-gateway.ts'
import { completion, DONE, event } from '../support/scripted-upstream.ts'
import type { Run } from '../support/sluice.ts'
import { until } from '../support/until.ts'

const LONGEST_TURN_MS = 20
const ROUNDS = 5
const MIB = 2 ** 20
const FULL = 32 * MIB - 4096

const PROSE = 'Please summarise the following ticket, write to ada@example.org, in two sentences. '
const repeated = (text: string, bytes: number): string => text.repeat(Math.floor(bytes / text.length))
const asking = (content: string, more = ''): string =>
  `{"model":"m","messages":[{"role":"user","content":"${content}"}]${more}}`

let gateway: Site
let running: Run
let token: string
let turns: string
let received = 0
/** What the model server answers with. */
let reply: (response: ServerResponse) => void = plain

t.before(async () => {
  const upstream = createServer((request, response) => {
    received = 0
    request.on('data', (chunk: Buffer) => (received += chunk.length))
    request.on('end', () => reply(response))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  t.teardown(() => upstream.close().closeAllConnections())
  gateway = await site(t, `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`)
  turns = join(gateway.home.folder, 'turns')
  const probe = fileURLToPath(new URL('../support/turn-probe.ts', import.meta.url))
  running = await gateway.start(['env', `NODE_OPTIONS=--import=${probe}`, `SLUICE_TEST_TURNS=${turns}`])
  token = await gateway.signIn()
})

async function ask(body: string | Buffer, coding = 'identity'): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-encoding': coding,
      authorization: `Bearer ${token}`,
    },
    body,
  })
  return { status: response.status, text: await response.text() }
}

/** The longest turn since it was last asked, in milliseconds. */
async function longestTurn(): Promise<number> {
  rmSync(turns, { force: true })
  running.child.kill('SIGUSR2')
  await until('the probe tells', () => existsSync(turns) && readFileSync(turns, 'utf8').endsWith('\n'))
  return Number(readFileSync(turns, 'utf8'))
}

/** The least of some rounds: garbage of another round, or the first run of some code, may fall into one. */
async function leastLongestTurn(pass: () => Promise<void>): Promise<number> {
  let least = Infinity
  for (let round = 0; round < ROUNDS && least >= LONGEST_TURN_MS; round++) {
    await longestTurn()
    await pass()
    least = Math.min(least, await longestTurn())
  }
  return least
}

const bodies: Record<string, { body: () => string; status?: number; gzip?: boolean }> = {
  'prose of 32 MiB': { body: () => asking(repeated(PROSE, FULL)) },
  'prose, compressed': { body: () => asking(repeated(PROSE, FULL)), gzip: true },
  'addresses that are none': { body: () => asking(repeated('a@', 4 * MIB)) },
  'addresses without end': { body: () => asking(repeated('a@b.co ', 2 * MIB)) },
  escapes: { body: () => asking(repeated('\\u0041', 8 * MIB)) },
  'JSON in a text': { body: () => asking(repeated('[\\"a@b.co\\",', 2 * MIB)) },
  'many messages': {
    body: () => `{"model":"m","messages":[${repeated('{"role":"user","content":"hi"},', MIB)}{}]}`,
  },
  'more values than anyone needs': {
    body: () => asking('x', `,"metadata":[${repeated('[],', FULL)}[]]`),
    status: 400,
  },
  'deep structure': {
    body: () => asking('x', `,"metadata":[${repeated(`${'['.repeat(100)}${']'.repeat(100)},`, MIB)}[]]`),
  },
  'a key that is repeated at its end': {
    body: () => asking(repeated('x', 8 * MIB), ',"messages":[]'),
    status: 400,
  },
  'a string that never ends': { body: () => `{"model":"${repeated('x', 8 * MIB)}`, status: 400 },
  'just below what goes to a thread': { body: () => asking(repeated('[\\"a@b.co\\",', 8000)) },
}

for (const [name, { body, status = 200, gzip = false }] of Object.entries(bodies)) {
  t.test(`request: ${name}`, async (t) => {
    const text = body()
    const bytes = gzip ? gzipSync(text, { level: 1 }) : Buffer.from(text)
    const longest = await leastLongestTurn(async () => {
      const [large, small] = await Promise.all([
        ask(bytes, gzip ? 'gzip' : 'identity'),
        ask(asking('and meanwhile a small one')),
      ])
      t.equal(large.status, status, large.text.slice(0, 300))
      t.equal(small.status, 200)
    })
    t.ok(longest < LONGEST_TURN_MS, `${longest} ms`)
    if (status === 200) t.ok(received > 0)
  })
}

t.test('reply: whole, of 24 MiB', async (t) => {
  reply = (response) =>
    response.setHeader('content-type', 'application/json').end(completion(repeated(PROSE, 24 * MIB)))
  const longest = await leastLongestTurn(async () => {
    const { status, text } = await ask(asking('hi'))
    t.equal(status, 200)
    t.ok(text.includes('[EMAIL]') && !text.includes('ada@'))
  })
  t.ok(longest < LONGEST_TURN_MS, `${longest} ms`)
})

t.test('reply: streamed, an event of 400 KiB', async (t) => {
  for (const content of [repeated(PROSE, 400 * 1024), repeated('a@', 400 * 1024)]) {
    reply = (response) =>
      response.setHeader('content-type', 'text/event-stream').end(event(content) + event('', 'stop') + DONE)
    const longest = await leastLongestTurn(async () => {
      const { text } = await ask(asking('hi', ',"stream":true'))
      t.match(text.slice(-20), /\[DONE\]/)
      t.notMatch(text, 'ada@')
    })
    t.ok(longest < LONGEST_TURN_MS, `${longest} ms`)
  }
})

t.test('reply: streamed, with more noise than events', async (t) => {
  for (const noise of ['\n', '\r', ': waiting\n\n', ':\r\n\r\n']) {
    reply = (response) =>
      response
        .setHeader('content-type', 'text/event-stream')
        .end(repeated(noise, MIB) + event('', 'stop') + DONE)
    const longest = await leastLongestTurn(async () => {
      const { text } = await ask(asking('hi', ',"stream":true'))
      t.equal(text, event('', 'stop') + DONE)
    })
    t.ok(longest < LONGEST_TURN_MS, `${JSON.stringify(noise)}: ${longest} ms`)
  }
})

t.test('reply: streamed, more at once than the connection takes, in pieces', async (t) => {
  const expected = repeated(event('a@'), MIB)
  for (const [spelling, wire] of Object.entries({
    held: expected,
    respelled: expected.replaceAll('\n', '\r\n'),
  })) {
    reply = (response) =>
      response.setHeader('content-type', 'text/event-stream').end(wire + event('', 'stop') + DONE)
    const { text } = await ask(asking('hi', ',"stream":true'))
    t.equal(text.length, (expected + event('', 'stop') + DONE).length, spelling)
  }
})

function plain(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json').end(completion('hi'))
}
