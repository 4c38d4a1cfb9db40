// What a caller and the gateway see of each other through a tunnel, over real sockets.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { echo, post, setUpTunnel, until } from '../support/tunnel-set-up.ts'

const OUTCOME = {
  status: 'completed',
  entry: 42,
  masked: { request: { email: 1 }, reply: {} },
  tokens: { input: 412, output: 96 },
}

t.test('a request crosses with the session in place of the key of the caller', async (t) => {
  const { gateway, tunnel } = await setUpTunnel(t, echo)
  const response = await fetch(`${tunnel.url}/v1/chat/completions?beta=true`, {
    method: 'POST',
    body: '{"n":1.0}',
    headers: {
      authorization: 'Bearer sk-mine',
      'x-api-key': 'mine',
      'api-key': 'mine',
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'x-stainless-lang': 'js',
      'content-type': 'application/json',
    },
  })
  t.equal(await response.text(), '{"n":1.0}')
  const [seen] = gateway.seen
  t.equal(seen?.url, '/v1/chat/completions?beta=true')
  t.equal(seen?.headers.authorization, 'Bearer sst_1')
  t.equal(seen?.headers['x-stainless-lang'], 'js')
  t.equal(seen?.headers['content-length'], '9')
  t.equal(seen?.headers.host, gateway.url.replace('http://', ''))
  for (const name of ['x-api-key', 'api-key', 'cookie', 'x-forwarded-for']) t.notOk(seen?.headers[name], name)
})

t.test('a stream passes piece by piece, byte for byte, and its trailer tells the outcome', async (t) => {
  const pieces = ['data: {"x":"é', '"}\n\n', 'data: [DONE]\n\n']
  const got: string[] = []
  const { tunnel, exchanges } = await setUpTunnel(t, async (request, response) => {
    request.resume()
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'sluice-exchange': 'ex_1',
      'sluice-entry': '41',
      'sluice-request-id': 'req_1',
      trailer: 'sluice-outcome',
    })
    for (const [i, piece] of pieces.entries()) {
      response.write(piece)
      await until(() => got.length === i + 1)
    }
    response.addTrailers({ 'sluice-outcome': JSON.stringify(OUTCOME) })
    response.end()
  })
  const response = await post(tunnel, '{}')
  t.equal(response.headers.get('sluice-request-id'), 'req_1')
  for await (const chunk of response.body ?? []) got.push(Buffer.from(chunk).toString())
  t.same(got, pieces, 'each came before the next was sent')
  await until(() => exchanges.length === 1)
  t.match(exchanges[0], {
    ended: 'finished',
    status: 200,
    method: 'POST',
    path: '/v1/chat/completions',
    exchange: 'ex_1',
    entry: 41,
    outcome: OUTCOME,
  })
  t.same(tunnel.counts(), { requests: 1, cutOff: 0, inFlight: 0, refused: 0 })
})

t.test('status, headers and compressed bytes stay as they are', async (t) => {
  const bytes = Buffer.from([0x1f, 0x8b, 0, 255, 128])
  const { tunnel } = await setUpTunnel(t, (request, response) => {
    request.resume()
    response.writeHead(429, 'Slow down', {
      'content-encoding': 'gzip',
      'retry-after': '7',
      'content-length': bytes.length,
      'x-twice': ['a', 'b'],
    })
    response.end(bytes)
  })
  const response = await new Promise<IncomingMessage>((resolve) =>
    httpRequest(`${tunnel.url}/v1/models`, resolve).end(),
  )
  t.equal(response.statusCode, 429)
  t.equal(response.statusMessage, 'Slow down')
  t.match(response.headers, { 'content-encoding': 'gzip', 'retry-after': '7', 'x-twice': 'a, b' })
  t.same(Buffer.concat(await response.toArray()), bytes)
})

t.test('a caller that goes away ends the request at the gateway at once', async (t) => {
  let gone = false
  const { tunnel, exchanges } = await setUpTunnel(t, (request, response) => {
    request.resume()
    response.write('data: 1\n\n')
    response.on('close', () => (gone = true))
  })
  const abort = new AbortController()
  const response = await fetch(`${tunnel.url}/v1/chat/completions`, {
    method: 'POST',
    body: '{}',
    signal: abort.signal,
  })
  await response.body?.getReader().read()
  abort.abort()
  await until(() => gone)
  await until(() => exchanges.length === 1)
  t.match(exchanges, [{ ended: 'cancelled', status: 200 }])
  t.equal(tunnel.counts().cutOff, 0, 'which is not counted as cut off')
})

t.test('before the first word, too', async (t) => {
  let gone = false
  const { tunnel, gateway } = await setUpTunnel(t, (request, response) => {
    request.resume()
    response.on('close', () => (gone = true))
  })
  const abort = new AbortController()
  const response = fetch(`${tunnel.url}/v1/models`, { signal: abort.signal })
  await until(() => gateway.seen.length === 1)
  abort.abort()
  await t.rejects(response)
  await until(() => gone)
})

t.test('a slow caller pauses the gateway', async (t) => {
  let written = 0
  const { tunnel } = await setUpTunnel(t, (request, response) => {
    request.resume()
    const pieces = function* () {
      for (let i = 0; i < 256; i++) {
        written += 256 * 1024
        yield Buffer.alloc(256 * 1024)
      }
    }
    Readable.from(pieces()).pipe(response)
  })
  const response = await new Promise<IncomingMessage>((resolve) =>
    httpRequest(`${tunnel.url}/v1/models`, resolve).end(),
  )
  // It stands still, and for as long as nobody reads.
  for (let before = -1; before !== written || written === 0;) {
    before = written
    await sleep(300)
  }
  t.ok(written < 24 * 1024 ** 2, `${Math.round(written / 1024 ** 2)} of 64 MiB were taken`)
  let read = 0
  for await (const chunk of response) read += (chunk as Buffer).length
  t.equal(read, 64 * 1024 ** 2, 'until the caller reads on')
})

t.test('a caller that breaks off its own request ends it at the gateway', async (t) => {
  let gone = false
  const { tunnel, gateway, exchanges } = await setUpTunnel(t, (request) => {
    request.on('error', () => (gone = true)).resume()
  })
  const request = httpRequest(`${tunnel.url}/v1/chat/completions`, { method: 'POST' })
  request.on('error', () => undefined)
  request.write('{"messages":')
  await until(() => gateway.seen.length === 1)
  request.destroy()
  await until(() => gone && exchanges.length === 1)
  t.match(exchanges, [{ ended: 'cancelled' }])
})

t.test('a slow gateway pauses the caller', async (t) => {
  const { tunnel } = await setUpTunnel(t, async (request, response) => {
    request.pause()
    await sleep(300)
    let read = 0
    for await (const chunk of request) read += (chunk as Buffer).length
    response.end(String(read))
  })
  let sent = 0
  const request = httpRequest(`${tunnel.url}/v1/chat/completions`, { method: 'POST' })
  const answer = new Promise<string>((resolve) =>
    request.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString())),
  )
  const piece = Buffer.alloc(256 * 1024)
  const start = performance.now()
  for (let i = 0; i < 128; i++) {
    if (!request.write(piece)) await new Promise((resolve) => request.once('drain', resolve))
    if (performance.now() - start < 250) sent += piece.length
  }
  request.end()
  t.ok(sent < 16 * 1024 ** 2, `${Math.round(sent / 1024 ** 2)} of 32 MiB had left`)
  t.equal(await answer, String(32 * 1024 ** 2))
})

t.test('a gateway that answers before it has read all is heard', async (t) => {
  const { tunnel } = await setUpTunnel(t, (_, response) => {
    response.writeHead(413, { connection: 'close' })
    response.end('too large')
  })
  const request = httpRequest(`${tunnel.url}/v1/chat/completions`, { method: 'POST' })
  request.on('error', () => undefined)
  const answer = new Promise<IncomingMessage>((resolve) => request.on('response', resolve))
  request.write(Buffer.alloc(64 * 1024))
  const response = await answer
  t.equal(response.statusCode, 413)
  t.equal(Buffer.concat(await response.toArray()).toString(), 'too large')
  request.destroy()
})

t.test('a reply that breaks off at the gateway breaks off for the caller, and is counted', async (t) => {
  const { tunnel, exchanges } = await setUpTunnel(t, (request, response) => {
    request.resume()
    response.write('data: 1\n\n')
    setTimeout(() => response.destroy(), 20)
  })
  await t.rejects(post(tunnel, '{}').then((response) => response.text()))
  await until(() => exchanges.length === 1)
  t.match(exchanges, [{ ended: 'cut-off' }])
  t.equal(tunnel.counts().cutOff, 1)
})

t.test('two tunnels side by side keep to their own sessions', async (t) => {
  const [a, b] = [await setUpTunnel(t, echo), await setUpTunnel(t, echo)]
  t.not(a.tunnel.port, b.tunnel.port)
  await Promise.all([post(a.tunnel, 'a'), post(b.tunnel, 'b'), post(a.tunnel, 'a')])
  t.same([a.gateway.seen.length, b.gateway.seen.length], [2, 1])
})

t.test('an idle connection is kept for two minutes', async (t) => {
  const { tunnel } = await setUpTunnel(t, echo)
  const response = await fetch(`${tunnel.url}/v1/models`)
  t.match(response.headers.get('keep-alive'), 'timeout=120')
})

t.test('a refusal passes unchanged, and its message is told', async (t) => {
  const message = 'Policy denies this request. Ask its operator.'
  const refusals: [type: string, body: string, reason: string | undefined][] = [
    [
      'application/json',
      `{"error": {"message": "${message} (req_1)", "code": "ERR_POLICY_DENIED"}}\n`,
      message,
    ],
    [
      'application/json',
      `{"type": "error", "error": {"message": "ERR_POLICY_DENIED: ${message} (req_1)"}}`,
      message,
    ],
    ['application/json', `{"error": "ERR_POLICY_DENIED: ${message} (req_1)"}`, message],
    ['application/json', '{"error": "no"}', 'no'],
    ['application/json', '{"error": {"message": ["no"]}}', undefined],
    ['application/json', '{"error": null}', undefined],
    ['application/json', 'null', undefined],
    ['application/json', 'not JSON', undefined],
    ['application/json', JSON.stringify({ error: { message: 'x'.repeat(20_000) } }), undefined],
    ['text/plain', '{"error": {"message": "no"}}', undefined],
  ]
  const left = refusals.values()
  const { tunnel, exchanges } = await setUpTunnel(t, (request, response) => {
    const [type = '', body = ''] = left.next().value ?? []
    request.resume()
    response.writeHead(403, { 'content-type': type })
    for (const half of [body.slice(0, 9), body.slice(9)]) response.write(half)
    response.end()
  })
  for (const [, body] of refusals) t.equal(await (await post(tunnel, '{}')).text(), body)
  await until(() => exchanges.length === refusals.length)
  t.same(
    exchanges.map(({ reason }) => reason),
    refusals.map(([, , reason]) => reason),
  )
})

t.test('what was masked is told of a request whose caller goes away', async (t) => {
  const { tunnel, exchanges } = await setUpTunnel(t, (request, response) => {
    request.resume()
    response.writeHead(200, { 'sluice-masked': '{"email":2}' })
    response.write('data: ')
  })
  const end = new AbortController()
  const reply = await fetch(`${tunnel.url}/v1/chat/completions`, {
    method: 'POST',
    body: '{}',
    signal: end.signal,
  })
  end.abort()
  await t.rejects(reply.text())
  await until(() => exchanges.length === 1)
  t.match(exchanges[0], { ended: 'cancelled', masked: { email: 2 } })
})
