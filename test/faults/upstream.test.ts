// Model servers that fail in every way that we have met: what the caller is told, what is on record, and what leaks not.
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startTestGateway, type TestGateway } from '../support/gateway-parts.ts'
import { overheard, type Overheard } from '../support/overheard.ts'
import {
  chunk,
  chunkedHead,
  completion,
  event,
  LAST_CHUNK,
  startScriptedUpstream,
  streamed,
  whole,
  type Asked,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { PROMPT, runUpstreamCases, SECRET, type UpstreamCase } from '../support/upstream-cases.ts'

const HELD = 1 << 16

let upstream: ScriptedUpstream
let gateway: TestGateway
let client: Overheard

t.before(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startTestGateway(upstream.url, undefined, {
    held: HELD,
    upstream: { firstByte: 1_000, silence: 1_000 },
  })
  client = overheard(gateway.url)
})
t.teardown(async () => {
  await gateway.server.stop(0)
  await upstream.close()
})

const quoting = JSON.stringify({ error: { message: `${SECRET}: invalid prompt "${PROMPT}"` } })
const answer =
  (status: number, more: string[] = []) =>
  ({ socket }: Asked) =>
    void socket.write(whole(status, 'application/json', quoting, more))
const begin =
  (...pieces: (string | Buffer)[]) =>
  ({ socket }: Asked) => {
    socket.write(chunkedHead())
    for (const piece of pieces) socket.write(chunk(piece))
  }
const INVALID = { code: 'ERR_UPSTREAM_INVALID', status: 502, upstreamStatus: 200 }
const INVALID_LATER = {
  code: 'ERR_UPSTREAM_INVALID',
  upstreamStatus: 200,
  only: 'streamed',
  hungUp: true,
} as const

const CASES: readonly UpstreamCase[] = [
  { name: 'refuses: 400', says: answer(400), code: 'ERR_UPSTREAM_REFUSED', status: 400, upstreamStatus: 400 },
  { name: 'refuses: 422', says: answer(422), code: 'ERR_UPSTREAM_REFUSED', status: 400, upstreamStatus: 422 },
  {
    name: 'refuses our credentials: 401',
    says: answer(401),
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    message: /gateway's own credentials/,
    upstreamStatus: 401,
  },
  {
    name: 'does not know the model: 404',
    says: answer(404),
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    upstreamStatus: 404,
  },
  { name: 'breaks: 500', says: answer(500), code: 'ERR_UPSTREAM_FAILED', status: 502, upstreamStatus: 500 },
  { name: 'is busy: 503', says: answer(503), code: 'ERR_UPSTREAM_BUSY', status: 503, upstreamStatus: 503 },
  {
    name: 'redirects',
    says: answer(307, [`location: http://127.0.0.1:1/${SECRET}`]),
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    message: /HTTP 307/,
    upstreamStatus: 307,
  },
  {
    name: 'says 204',
    says: ({ socket }) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    upstreamStatus: 204,
  },
  {
    name: 'answers with a page',
    says: ({ socket }) => void socket.write(whole(200, 'text/html; charset=utf-8', `<p>${SECRET}`)),
    ...INVALID,
  },
  {
    name: 'compresses though it was asked not to',
    says: ({ socket }) =>
      void socket.write(
        whole(200, 'application/json', gzipSync(completion(SECRET)), ['content-encoding: gzip']),
      ),
    ...INVALID,
    message: /compressed/,
  },
  {
    name: 'does not speak HTTP',
    says: ({ socket }) => void socket.write(`${SECRET}\r\n\r\n`),
    code: 'ERR_UPSTREAM_INVALID',
    status: 502,
  },
  {
    name: 'hangs up',
    says: ({ socket }) => void socket.destroy(),
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    message: /closed the connection before it answered/,
  },
  {
    name: 'says nothing',
    says: () => undefined,
    only: 'plain',
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    message: /not answer in time/,
    hungUp: true,
  },
  {
    name: 'answers with an error under 200',
    says: answer(200),
    only: 'plain',
    ...INVALID,
    code: 'ERR_UPSTREAM_FAILED',
    message: /error in place of a reply; its message is withheld/,
  },
  {
    name: 'answers with broken JSON',
    says: ({ socket }) => void socket.write(whole(200, 'application/json', completion(SECRET).slice(0, -1))),
    only: 'plain',
    ...INVALID,
  },
  {
    name: 'answers with half a UTF-8 character',
    says: ({ socket }) =>
      void socket.write(
        whole(200, 'application/json', Buffer.concat([Buffer.from(SECRET), Buffer.from([0xe2, 0x82])])),
      ),
    only: 'plain',
    ...INVALID,
  },
  {
    name: 'answers with more than fits',
    says: ({ socket }) => void socket.write(whole(200, 'application/json', completion('x'.repeat(2 ** 20)))),
    only: 'plain',
    ...INVALID,
    message: /larger than/,
  },
  {
    name: 'breaks off in a whole reply',
    says: ({ socket }) =>
      void socket.end(whole(200, 'application/json', completion(SECRET)).subarray(0, -20)),
    only: 'plain',
    code: 'ERR_UPSTREAM_FAILED',
    status: 502,
    upstreamStatus: 200,
  },
  {
    name: 'streams though it was not asked to',
    says: ({ socket }) => void socket.write(streamed(SECRET)),
    only: 'plain',
    ...INVALID,
  },
  {
    name: 'does not stream though it was asked to',
    says: ({ socket }) => void socket.write(whole(200, 'application/json', completion(SECRET))),
    only: 'streamed',
    ...INVALID,
    message: /does not stream.*Ask without "stream"/,
  },
  {
    name: 'breaks off in the middle of an event',
    says: ({ socket }) => {
      socket.write(chunkedHead())
      socket.write(chunk(event('Hello')))
      socket.end(chunk(event(SECRET).slice(0, -20)))
    },
    only: 'streamed',
    code: 'ERR_UPSTREAM_FAILED',
    message: /broke off/,
    upstreamStatus: 200,
  },
  {
    name: 'ends without the last event',
    says: ({ socket }) => {
      begin(event('Hello'), event('', 'stop'))({ socket } as Asked)
      socket.write(LAST_CHUNK)
    },
    only: 'streamed',
    code: 'ERR_UPSTREAM_FAILED',
    message: /broke off/,
    upstreamStatus: 200,
  },
  {
    name: 'falls silent in a stream',
    says: begin(event('Hello')),
    only: 'streamed',
    code: 'ERR_UPSTREAM_FAILED',
    message: /fell silent/,
    upstreamStatus: 200,
    hungUp: true,
  },
  {
    name: 'cuts a UTF-8 character short in a stream',
    says: begin(event('Hello'), 'data: {"x":"', Buffer.from([0xe2, 0x82]), `${SECRET}"}\n\n`),
    ...INVALID_LATER,
    message: /invalid UTF-8/,
  },
  {
    name: 'sends an event without end',
    says: begin(event('Hello'), `data: {"${SECRET}":"`, 'x'.repeat(HELD), 'x'.repeat(HELD)),
    ...INVALID_LATER,
    message: /larger than the bound/,
  },
  {
    name: 'sends an event that is no JSON',
    says: begin(event('Hello'), `data: {${SECRET}\n\n`),
    ...INVALID_LATER,
  },
  {
    name: 'sends an error inside the stream',
    says: begin(event('Hello'), `data: ${quoting}\n\n`),
    ...INVALID_LATER,
    code: 'ERR_UPSTREAM_FAILED',
    message: /reported an error in the middle of its reply; its message is withheld/,
  },
]

runUpstreamCases(t, CASES, () => ({ upstream, gateway, client }))
