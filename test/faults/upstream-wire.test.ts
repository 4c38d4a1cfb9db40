// Model servers that break HTTP itself, or take their time: what the caller is told, and what happens to the connection.
import t from 'tap'
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
  whole,
  type Asked,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { runUpstreamCases, SECRET, type UpstreamCase } from '../support/upstream-cases.ts'

let upstream: ScriptedUpstream
/** Waits a short while for a byte, and as long as it takes for the end; `measured` the other way round. */
let hasty: TestGateway
let measured: TestGateway
let client: Overheard

t.before(async () => {
  upstream = await startScriptedUpstream()
  hasty = await startTestGateway(upstream.url, undefined, { upstream: { firstByte: 400, silence: 400 } })
  measured = await startTestGateway(upstream.url, undefined, { upstream: { total: 600 } })
  client = overheard(hasty.url)
})
t.teardown(async () => {
  await hasty.server.stop(0)
  await measured.server.stop(0)
  await upstream.close()
})

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const NOT_HTTP = { code: 'ERR_UPSTREAM_INVALID', status: 502, message: /is not HTTP.*upstream URL fit/ }
const HUNG_UP = { code: 'ERR_UPSTREAM_FAILED', status: 502, message: /before it answered.*not sent again/ }
const BROKE_OFF = { code: 'ERR_UPSTREAM_FAILED', upstreamStatus: 200, message: /broke off/ }
const INVALID = { code: 'ERR_UPSTREAM_INVALID', status: 502, upstreamStatus: 200 }
const SILENT = {
  code: 'ERR_UPSTREAM_FAILED',
  upstreamStatus: 200,
  message: /fell silent for 400 ms.*limits\.upstream_silence/,
  hungUp: true,
} as const
const UNANSWERED = {
  code: 'ERR_UPSTREAM_FAILED',
  status: 502,
  message: /did not answer in time \(400 ms\).*limits\.upstream_first_byte/,
  hungUp: true,
} as const
const NEVER_ENDING = {
  code: 'ERR_UPSTREAM_FAILED',
  upstreamStatus: 200,
  message: /did not end within 600 ms.*limits\.upstream_total/,
  hungUp: true,
} as const

const says =
  (...bytes: (string | Buffer)[]) =>
  ({ socket }: Asked) => {
    for (const piece of bytes) socket.write(piece)
  }

/** One piece after another, in steps of their own, until the connection is closed. */
const drips =
  (begin: string, piece: string) =>
  ({ socket }: Asked) => {
    socket.write(begin)
    const timer = setInterval(() => socket.write(piece), 20)
    socket.once('close', () => clearInterval(timer))
  }

const CASES: readonly UpstreamCase[] = [
  { name: 'resets the connection before it answers', says: (it) => it.socket.resetAndDestroy(), ...HUNG_UP },
  {
    name: 'breaks off in the head',
    says: ({ socket }) => void socket.end(`HTTP/1.1 200 OK\r\nx-words: ${SECRET}`),
    ...HUNG_UP,
  },
  {
    name: 'resets the connection after the head',
    says: ({ socket }) =>
      void socket.write(chunkedHead(), () => setTimeout(() => socket.resetAndDestroy(), 50)),
    only: 'streamed',
    ...BROKE_OFF,
  },
  {
    name: 'resets the connection inside a chunk',
    says({ socket }) {
      const bytes = Buffer.concat([
        Buffer.from(chunkedHead()),
        chunk(event('Hello')),
        Buffer.from('ff\r\ndata'),
      ])
      socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 50))
    },
    only: 'streamed',
    ...BROKE_OFF,
  },
  {
    name: 'closes before the last chunk, and before the last event',
    says: ({ socket }) => void socket.end(Buffer.concat([Buffer.from(chunkedHead()), chunk(event('Hello'))])),
    only: 'streamed',
    ...BROKE_OFF,
  },
  {
    name: 'breaks off before a whole reply',
    says: (it) => it.socket.end(`${HEAD}content-length: 9\r\n\r\n`),
    only: 'plain',
    ...BROKE_OFF,
    status: 502,
  },
  {
    name: 'begins a head and never ends it',
    says: drips('HTTP/1.1 200 OK\r\n', 'x'),
    ...UNANSWERED,
  },
  {
    name: 'sends headers without end',
    says: says('HTTP/1.1 200 OK\r\n', `x-words: ${SECRET}\r\n`.repeat(1_000)),
    code: 'ERR_UPSTREAM_INVALID',
    status: 502,
    message: /head of the model server's reply is too large/,
    hungUp: true,
  },
  {
    name: 'sends informational replies without end',
    says: says(`HTTP/1.1 103 Early Hints\r\nlink: <${SECRET}>\r\n\r\n`.repeat(100)),
    code: 'ERR_UPSTREAM_INVALID',
    status: 502,
    message: /informational replies \(HTTP 1xx\) without end/,
    hungUp: true,
  },
  {
    name: 'wants to be asked for more',
    says: says('HTTP/1.1 100 Continue\r\n\r\n'),
    ...NOT_HTTP,
    hungUp: true,
  },
  {
    name: 'changes to another protocol',
    says: says('HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n', SECRET),
    ...NOT_HTTP,
    hungUp: true,
  },
  { name: 'speaks HTTP/0.9', says: ({ socket }) => void socket.end(completion(SECRET)), ...NOT_HTTP },
  { name: 'speaks TLS', says: says(Buffer.from([0x15, 3, 1, 0, 2, 2, 40])), ...NOT_HTTP },
  {
    name: 'names two lengths',
    says: says(`${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\n`, SECRET),
    ...NOT_HTTP,
  },
  {
    name: 'names a length, and chunks',
    says: says(`${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`, chunk(SECRET)),
    ...NOT_HTTP,
  },
  {
    name: 'names a length that is none',
    says: says(`${HEAD}content-length: -5\r\n\r\n`, SECRET),
    ...NOT_HTTP,
  },
  {
    name: 'sends less than the length that it names',
    says: ({ socket }) => void socket.end(`${HEAD}content-length: 4000\r\n\r\n${completion(SECRET)}`),
    only: 'plain',
    ...BROKE_OFF,
    status: 502,
  },
  {
    name: 'sends more than the length that it names',
    says: says(`${HEAD}content-length: 20\r\n\r\n${completion(SECRET)}`),
    only: 'plain',
    ...INVALID,
  },
  {
    name: 'sends chunks that are none',
    says: says(chunkedHead(), chunk(event('Hello')), `${SECRET}\r\n`),
    only: 'streamed',
    code: 'ERR_UPSTREAM_INVALID',
    upstreamStatus: 200,
    message: /in the middle of its reply is not HTTP/,
    hungUp: true,
  },
  {
    name: 'puts another coding on the transfer',
    says: says(`${HEAD}transfer-encoding: gzip, chunked\r\n\r\n`, chunk(completion(SECRET)), LAST_CHUNK),
    only: 'plain',
    ...INVALID,
    message: /compressed/,
  },
  {
    name: 'names its coding in a second header',
    says: says(
      whole(200, 'application/json', completion(SECRET), [
        'content-encoding: identity',
        'content-encoding: br',
      ]),
    ),
    only: 'plain',
    ...INVALID,
    message: /compressed/,
  },
  {
    name: 'names two content types',
    says: says(whole(200, 'application/json', completion(SECRET), ['content-type: text/html'])),
    ...INVALID,
    message: /content type.*upstream URL and dialect fit/,
  },
  {
    name: 'quotes the prompt in its status line and headers',
    says: ({ body, socket }) =>
      void socket.write(
        `HTTP/1.1 400 ${SECRET}\r\nx-prompt: ${/prompt-4711/.exec(body)?.[0]}\r\nset-cookie: a=${SECRET}\r\n` +
          `www-authenticate: ${SECRET}\r\ncontent-length: 0\r\n\r\n`,
      ),
    code: 'ERR_UPSTREAM_REFUSED',
    status: 400,
    message: /withheld/,
    upstreamStatus: 400,
  },
  {
    name: 'says that nothing has changed',
    says: says('HTTP/1.1 304 Not Modified\r\n\r\n'),
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    upstreamStatus: 304,
  },
  {
    name: 'sends a part',
    says: says(whole(206, 'application/json', completion(SECRET), ['content-range: bytes 0-9/10'])),
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    upstreamStatus: 206,
  },
  {
    name: 'does not begin its whole reply',
    says: says(`${HEAD}content-length: 9\r\n\r\n`),
    only: 'plain',
    ...SILENT,
    status: 502,
  },
  { name: 'does not begin its stream', says: says(chunkedHead()), only: 'streamed', ...SILENT },
]

const DRIPS: readonly UpstreamCase[] = [
  {
    name: 'drips a whole reply',
    says: drips(`${HEAD}content-length: 100000\r\n\r\n`, ' '),
    only: 'plain',
    ...NEVER_ENDING,
    status: 502,
  },
  {
    name: 'drips an event a byte at a time',
    says: drips(`${chunkedHead()}6\r\ndata: \r\n`, '1\r\nx\r\n'),
    only: 'streamed',
    ...NEVER_ENDING,
  },
  {
    name: 'sends nothing but comments',
    says: drips(chunkedHead(), chunk(': still thinking\n\n').toString()),
    only: 'streamed',
    ...NEVER_ENDING,
  },
]

runUpstreamCases(t, CASES, () => ({ upstream, gateway: hasty, client }))
runUpstreamCases(t, DRIPS, () => ({ upstream, gateway: measured, client: overheard(measured.url) }))

t.test('HTTP/1.0, whole and streamed, ends with the connection', async (t) => {
  const head = (type: string): string => `HTTP/1.0 200 OK\r\ncontent-type: ${type}\r\n\r\n`
  upstream.script = ({ socket }) => void socket.end(head('application/json') + completion('an old one'))
  t.equal(await client.ask('hi', false), 'an old one')
  upstream.script = ({ socket }) =>
    void socket.end(head('text/event-stream') + event('old') + event('', 'stop') + DONE)
  t.equal(await client.ask('hi', true), 'old')
  t.match(hasty.ledger.entries.at(-1), { kind: 'outcome', status: 'completed' })
})

t.test('a few informational replies before the real one, and trailers after it, stay with us', async (t) => {
  const hints = `HTTP/1.1 103 X\r\nlink: <${SECRET}>\r\n\r\n`.repeat(3)
  client.forget()
  upstream.script = says(
    hints + chunkedHead(),
    chunk(event('Hello')),
    chunk(event('', 'stop')),
    chunk(DONE),
    `0\r\nsluice-outcome: ${SECRET}\r\nx-words: ${SECRET}\r\n\r\n`,
  )
  t.equal(await client.ask('hi', true), 'Hello')
  t.notOk(client.came().includes(SECRET))
  t.match(hasty.ledger.entries.at(-1), { kind: 'outcome', status: 'completed' })
})
