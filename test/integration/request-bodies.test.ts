// Request bodies as clients really send them: compressed, too large, of the wrong type, broken, and over HTTP/1.0.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import OpenAI from 'openai'
import t from 'tap'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { chatHead, chatRequest, rawCaller } from '../support/raw-caller.ts'
import {
  completion,
  startScriptedUpstream,
  streamed,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

const LIMIT = 2 ** 20
const BODY = Buffer.from(
  JSON.stringify({ model: 'open', messages: [{ role: 'user', content: 'an bob@example.org, für 5 €' }] }),
)

let upstream: ScriptedUpstream
let gateway: TestGateway

t.before(async () => {
  upstream = await startScriptedUpstream(({ socket, body }) => {
    socket.write(
      body.includes('"stream":true')
        ? streamed('Hello ', 'there')
        : whole(200, 'application/json', completion('Hello there')),
    )
  })
  gateway = await startTestGateway(upstream.url, undefined, { body: LIMIT })
})
t.teardown(async () => {
  await gateway.server.stop(0)
  await upstream.close()
})

const post = (
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    body,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  })

interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly retry: string | null
}

async function refusal(reply: Promise<Response>, at = gateway): Promise<Refusal> {
  const response = await reply
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  const { code, message } = error
  // Of a caller who is known there is an entry, durable before the error is told.
  const entry = response.headers.get('sluice-entry')
  if (response.status === 401) t.equal(entry, null)
  else {
    t.match(at.ledger.entries[Number(entry)], { kind: 'refusal', error: code, subject: 'sub_ada' })
    t.match(message, /\. \S.*\. \(req_\w+\)$/, 'it says what next')
  }
  return { status: response.status, code, message, retry: response.headers.get('x-should-retry') }
}

t.test('compressed bodies are understood, and go on as they are after masking', async (t) => {
  for (const [coding, bytes] of [
    ['gzip', gzipSync(BODY)],
    ['x-gzip', gzipSync(BODY)],
    ['GZIP', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['identity', BODY],
  ] as const) {
    const reply = await post(bytes, { 'content-encoding': coding })
    t.equal(reply.status, 200, coding)
    await reply.text()
    const { head, body } = upstream.asked.at(-1) as { head: string; body: string }
    t.match(JSON.parse(body), { messages: [{ content: 'an [EMAIL], für 5 €' }] })
    t.notMatch(head, /content-encoding/i)
  }
})

t.test('what can’t be understood is refused by name', async (t) => {
  const asked = upstream.asked.length
  for (const coding of ['zstd', 'gzip, gzip', 'constructor', '__proto__', 'gzip;q=1']) {
    const refused = await refusal(post(gzipSync(BODY), { 'content-encoding': coding }))
    t.match(refused, { status: 415, code: 'ERR_ENCODING_UNSUPPORTED', retry: 'false' }, coding)
  }
  for (const type of ['text/plain', '', 'application/x-www-form-urlencoded', 'application/jsonl']) {
    const refused = await refusal(post(BODY, { 'content-type': type }))
    t.match(refused, { status: 415, message: /must be application\/json/ }, type)
  }
  for (const charset of ['utf-16', '"UTF-16LE"', 'iso-8859-1', 'utf-8; charset=utf-16', '', '*']) {
    const refused = await refusal(post(BODY, { 'content-type': `application/json; charset=${charset}` }))
    t.match(refused, { status: 415, message: /charset must be utf-8/ }, charset)
  }
  for (const parameters of ['charset=UTF-8', 'Charset="utf-8"', 'boundary=x']) {
    const reply = await post('[]', { 'content-type': `application/json;${parameters}` })
    t.equal(reply.status, 400, `${parameters}: its text is looked at`)
  }
  const typeless = await rawCaller(
    gateway.url,
    chatHead(BODY.length).replace('content-type: application/json\r\n', '') + BODY.toString('latin1'),
  )
  await until('it is answered', () => typeless.came().includes('ERR_ENCODING_UNSUPPORTED'))
  t.match(typeless.came(), /^HTTP\/1\.1 415/)
  typeless.socket.destroy()
  for (const [bytes, coding] of [
    ['', 'identity'],
    ['{"model":', 'identity'],
    ['[]', 'identity'],
    [`${BODY}x`, 'identity'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'identity'],
    [BODY, 'gzip'],
    [gzipSync(BODY).subarray(0, -12), 'gzip'],
  ] as const) {
    const refused = await refusal(post(bytes, { 'content-encoding': coding }))
    t.match(refused, { status: 400, code: 'ERR_REQUEST_INVALID', retry: 'false' })
    t.notMatch(refused.message, /bob/)
  }
  t.equal(upstream.asked.length, asked)
})

t.test('a body over the bound is refused, however it comes, and whoever sends it reads why', async (t) => {
  const asked = upstream.asked.length
  const large = 'x'.repeat(20 * LIMIT)
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TOKEN, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: large }]
  await t.rejects(openai.chat.completions.create({ model: 'open', messages }), {
    status: 413,
    code: 'ERR_REQUEST_TOO_LARGE',
  })
  const unannounced = new ReadableStream({
    pull(out) {
      out.enqueue(Buffer.alloc(2 ** 16, 'x'))
    },
  })
  t.match(await refusal(post(unannounced)), { status: 413, code: 'ERR_REQUEST_TOO_LARGE' })
  const bomb = gzipSync(Buffer.alloc(100 * LIMIT, 'x'))
  t.ok(bomb.length < LIMIT)
  t.match(await refusal(post(bomb, { 'content-encoding': 'gzip' })), { status: 413, retry: 'false' })
  const exact = JSON.stringify({ model: 'open', messages: [{ role: 'user', content: '' }] })
  const fits = exact.replace('""', `"${'x'.repeat(LIMIT - exact.length)}"`)
  const reply = await post(fits)
  t.equal(reply.status, 200)
  await reply.text()
  t.equal(upstream.asked.length, asked + 1)
})

t.test('bodies share a budget; beyond it the newcomer is told to come again', async (t) => {
  const small = await startTestGateway(upstream.url, undefined, { body: LIMIT, bodies: LIMIT })
  t.teardown(() => small.server.stop(0))
  const held = async (): Promise<number> =>
    Number(/^sluice_request_body_bytes (\d+)$/m.exec(await (await fetch(`${small.url}/metrics`)).text())?.[1])
  const ask = (bytes: Buffer, headers: Record<string, string> = {}) =>
    fetch(`${small.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      body: bytes,
    })
  const some = Buffer.from(BODY.toString().replace('bob@', `${'x '.repeat(1_000)}bob@`))
  const asked = upstream.asked.length
  const slow = await rawCaller(small.url, chatHead(LIMIT) + '{"model":"' + 'x'.repeat(LIMIT - 100))
  await until('most of a body has come', async () => (await held()) > LIMIT - 200)

  const busy = { status: 503, code: 'ERR_GATEWAY_BUSY', retry: null }
  t.match(await refusal(ask(some), small), busy)
  t.match(await refusal(ask(gzipSync(some), { 'content-encoding': 'gzip' }), small), busy)
  t.equal(upstream.asked.length, asked, 'nothing was sent')
  const bomb = gzipSync(Buffer.alloc(100 * LIMIT, 'x'))
  t.match(await refusal(ask(bomb, { 'content-encoding': 'gzip' }), small), busy)

  slow.socket.destroy()
  await until('its bytes are given back', async () => (await held()) === 0)
  t.equal((await ask(some)).status, 200)
  t.match(await refusal(ask(Buffer.from('{"model":')), small), { status: 400 })
  t.match(await refusal(ask(bomb, { 'content-encoding': 'gzip' }), small), { status: 413 })
  t.equal(await held(), 0, 'however a request ends')
})

t.test('a stranger who sends a large body reads that his token is not good', async (t) => {
  const body = 'x'.repeat(20 * LIMIT)
  const refused = await refusal(post(body, { authorization: 'Bearer wrong' }))
  t.match(refused, { status: 401, code: 'ERR_TOKEN_INVALID' })
})

t.test('after a refusal the connection serves on, or is closed if the body had not ended', async (t) => {
  const caller = await rawCaller(gateway.url, chatHead(2) + '[]' + chatRequest(false))
  await until('the second is answered', () => caller.came().includes('Hello there'))
  t.match(caller.came(), /^HTTP\/1\.1 400 [\s\S]*HTTP\/1\.1 200 /)
  caller.socket.write(chatHead(2 * LIMIT) + 'x')
  await until('it is told', () => caller.came().includes('ERR_REQUEST_TOO_LARGE'))
  t.match(caller.came(), /HTTP\/1\.1 413 [\s\S]*connection: close/i)
  caller.socket.write('x'.repeat(2 * LIMIT - 1))
  t.equal(await caller.ended, undefined, 'closed when the body has ended, not reset')
})

t.test('HTTP/1.0, as some proxies speak it: replies and errors without a trailer', async (t) => {
  const ask = async (bytes: string): Promise<string> => {
    const caller = await rawCaller(gateway.url, bytes)
    t.equal(await caller.ended, undefined)
    return caller.came()
  }
  const version = '1.0'
  t.match(await ask(chatRequest(false, { version })), /^HTTP\/1\.1 200 [\s\S]*Hello there/)
  const stream = await ask(chatRequest(true, { version }))
  t.match(stream, /^HTTP\/1\.1 200 [\s\S]*"content":"Hello "[\s\S]*data: \[DONE\]\n\n$/)
  t.notMatch(stream, /transfer-encoding|trailer/i)
  t.match(await ask(chatRequest(true, { version, model: 'none' })), /^HTTP\/1\.1 404 /)
  t.match(await ask(chatRequest(true, { version, model: 'closed' })), /^HTTP\/1\.1 403 /)
})

t.test('the outcome comes in the trailer', async (t) => {
  for (const stream of [false, true]) {
    const caller = await rawCaller(gateway.url, chatRequest(stream))
    await until('the trailer has come', () => caller.came().includes('sluice-outcome: {'))
    t.match(caller.came(), /trailer: sluice-outcome\r\n/i)
    const trailer = /sluice-outcome: (\{.*\})\r\n/.exec(caller.came())?.[1] ?? ''
    t.match(JSON.parse(trailer), { status: 'completed', entry: Number, masked: { request: {}, reply: {} } })
    caller.socket.destroy()
  }
})
