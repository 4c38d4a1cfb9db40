// A tunnel whose network or gateway goes away: what surely reached no model is sent again, what may have is not, and says so.
import { randomBytes } from 'node:crypto'
import OpenAI from 'openai'
import t, { type Test } from 'tap'
import { type Answer } from '../support/fake-gateway.ts'
import { relayTo } from '../support/relay.ts'
import { echo, post, setUpTunnel, type TunnelWishes, until } from '../support/tunnel-set-up.ts'

// Slow where others keep the machine busy.
t.setTimeout(120_000)

const PATIENT = { patienceMs: 20_000 }
const ALERT = { silence: { silenceMs: 300, answerMs: 2_000 } }

t.test('a gateway that is away for a moment: the request waits, and comes through whole', async (t) => {
  const { relay, tunnel, gateway, exchanges } = await overRelay(t, echo, PATIENT)
  await (await post(tunnel, 'before')).text()
  relay.refuse()
  relay.reset()
  for (const size of [10, 300_000, 3_000_000]) {
    const body = randomBytes(size / 2).toString('hex')
    const reply = post(tunnel, body)
    await new Promise((resolve) => setTimeout(resolve, 250))
    await relay.heal()
    t.equal(await (await reply).text(), body, `${size} characters`)
    relay.refuse()
    relay.reset()
  }
  t.equal(gateway.seen.length, 4, 'each came once')
  await until(() => exchanges.length === 4)
  for (const { ended, tries = 1 } of exchanges.slice(1))
    t.ok(ended === 'finished' && tries > 1, `${tries} tries`)
})

t.test('one that stays away is told, and clients that try again need not wait as long again', async (t) => {
  const { relay, tunnel } = await overRelay(t, echo, { patienceMs: 1_500 })
  relay.refuse()
  const took: number[] = []
  for (let i = 0; i < 3; i++) {
    const begun = performance.now()
    const reply = await post(tunnel, '{}')
    took.push(performance.now() - begun)
    t.equal(reply.status, 502)
    t.notOk(reply.headers.has('x-should-retry'), 'nothing was sent: they may')
    t.match(await reply.json(), { error: { code: 'ERR_GATEWAY_UNREACHABLE' } })
  }
  const [first = 0, ...others] = took
  t.ok(first > 500, 'at first it is waited for')
  for (const other of others) t.ok(other < first / 2, `${Math.round(other)} of ${Math.round(first)} ms`)
  await relay.heal()
  t.equal(await (await post(tunnel, 'again')).text(), 'again')
})

t.test('who goes away meanwhile is not sent for', async (t) => {
  const { relay, tunnel, gateway, exchanges } = await overRelay(t, echo, PATIENT)
  relay.refuse()
  const end = new AbortController()
  const reply = fetch(`${tunnel.url}/v1/chat/completions`, { method: 'POST', body: '{}', signal: end.signal })
  await until(() => tunnel.counts().inFlight === 1)
  end.abort()
  await t.rejects(reply)
  await until(() => exchanges.length === 1)
  t.match(exchanges, [{ ended: 'cancelled' }])
  await relay.heal()
  t.equal(gateway.seen.length, 0)
})

t.test('a gateway that says that nothing was sent is asked again', async (t) => {
  const bodies: string[] = []
  const busy = (times: number, headers: Record<string, string>): Answer => {
    let left = times
    return async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      bodies.push(body)
      if (left-- > 0) {
        response.writeHead(503, { 'content-type': 'application/json', ...headers })
        return void response.end('{"error":{"message":"busy"}}')
      }
      response.end(body)
    }
  }
  const { tunnel, gateway } = await overRelay(t, busy(2, { 'sluice-sent': 'no' }), PATIENT)
  const body = randomBytes(200_000).toString('hex')
  t.equal(await (await post(tunnel, body)).text(), body)
  t.same(bodies, [body, body, body])

  const large = randomBytes(800_000).toString('hex')
  for (const [what, headers, text] of [
    ['without its word it may have been', {}, body],
    ['what is too large to be kept can only be sent again by the tool', { 'sluice-sent': 'no' }, large],
  ] as const) {
    bodies.length = 0
    gateway.answer = busy(1, headers)
    const reply = await post(tunnel, text)
    t.equal(reply.status, 503)
    t.equal(await reply.text(), '{"error":{"message":"busy"}}', 'its answer passes')
    t.equal(bodies.length, 1, what)
  }
})

t.test('a session that has ended is renewed, and nobody notices', async (t) => {
  const { tunnel, gateway, exchanges } = await overRelay(t, echo)
  gateway.refusal = { 'sluice-sent': 'no' }
  gateway.tokens.clear()
  t.equal(await (await post(tunnel, '{"a":1}')).text(), '{"a":1}')
  t.equal(gateway.asked.renew, 1)
  await until(() => exchanges.length === 1)
  t.match(exchanges, [{ ended: 'finished', tries: 2 }])
})

t.test('a connection that is reset: what may have reached the model is not sent again', async (t) => {
  const { relay, tunnel, gateway, exchanges } = await overRelay(t, (request, response) => {
    request.resume()
    if (request.url === '/v1/models') response.write('first half, ')
  })
  const waiting = post(tunnel, '{}')
  const streaming = await fetch(`${tunnel.url}/v1/models`)
  await until(() => gateway.seen.length === 2)
  relay.reset()
  await tellsOf(t, await waiting, 'broke off')
  await t.rejects(streaming.text(), 'a reply that broke off does not look whole')
  t.equal(gateway.seen.length, 2)
  await until(() => exchanges.length === 2)
  t.same(exchanges.map(({ ended }) => ended).sort(), ['cut-off', 'failed'])
})

t.test(
  'a stream that breaks off between two events tells so in its dialect, and does not look whole',
  async (t) => {
    const [sse, lines] = ['text/event-stream', 'application/x-ndjson']
    const told =
      'The connection to .* broke off in the middle of the reply\\. What came is not all of it\\. .*ex_1'
    const streams: [path: string, type: string, begun: string, end: string][] = [
      ['/v1/chat/completions', sse, 'data: {}\n\n', `data: {"error":{"message":"${told}`],
      [
        '/v1/responses',
        `${sse}; charset=utf-8`,
        'data: {}\r\n\r\n',
        `event: error\ndata: {"type":"error".*"message":".*${told}`,
      ],
      [
        '/v1/messages',
        sse,
        'event: ping\ndata: {}\n\n',
        `event: error\ndata: {"type":"error".*"message":".*${told}`,
      ],
      ['/api/chat', lines, '{"done":false}\n', `{"error":".*${told}`],
      ['/v1/chat/completions', sse, '', `data: {"error":{"message":"${told}`],
      ['/v1/chat/completions', sse, 'data: {}\n\ndata: {"half', ''],
      ['/v1/chat/completions', sse, 'data: {}\n', ''],
      ['/api/chat', lines, '{"done":false}\n{"hal', ''],
      ['/v1/chat/completions', 'application/json', '{"id":"c1",\n\n', ''],
    ]
    const { relay, tunnel, exchanges } = await overRelay(t, (request, response) => {
      request.resume()
      const [, type, begun] = streams[Number(request.headers['x-stainless-lang'])] ?? []
      response.writeHead(200, { 'content-type': type, 'sluice-exchange': 'ex_1' })
      response.flushHeaders()
      response.write(begun)
    })
    for (const [i, [path, , begun, end]] of streams.entries()) {
      const headers = { 'x-stainless-lang': String(i) }
      const reply = await fetch(`${tunnel.url}${path}`, { method: 'POST', body: '{}', headers })
      let came = ''
      const read = (async () => {
        for await (const piece of reply.body ?? []) came += Buffer.from(piece).toString()
      })()
      read.catch(() => undefined)
      await until(() => came.length === begun.length)
      relay.reset()
      await t.rejects(read, `${path} ${begun}`)
      t.equal(came.slice(0, begun.length), begun)
      if (end === '') t.equal(came, begun, 'no event is made of half a one')
      else t.match(came.slice(begun.length), new RegExp(`^${end}`))
    }
    await until(() => exchanges.length === streams.length)
    t.ok(exchanges.every(({ ended }) => ended === 'cut-off'))
  },
)

t.test('the real SDK tells of a stream that breaks off in our words', async (t) => {
  const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Hel' } }] })}\n\n`
  const { relay, tunnel } = await overRelay(t, (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream', 'sluice-exchange': 'ex_1' })
    response.write(event)
  })
  const openai = new OpenAI({ baseURL: `${tunnel.url}/v1`, apiKey: 'any', maxRetries: 0 })
  const stream = await openai.chat.completions.create({ model: 'm', stream: true, messages: [] })
  let text = ''
  const reading = async () => {
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? ''
      relay.reset()
    }
  }
  await t.rejects(reading(), {
    code: 'ERR_GATEWAY_UNREACHABLE',
    message: /broke off in the middle of the reply\. What came is not all of it/,
  })
  t.equal(text, 'Hel')
})

t.test('a large body on its way when the connection is lost is answered, and not sent again', async (t) => {
  let relayed = 0
  const { relay, tunnel, gateway, exchanges } = await overRelay(t, (request) => {
    request.on('data', (chunk: Buffer) => {
      relayed += chunk.length
      if (relayed > 2 ** 22) request.pause()
    })
  })
  const asking = post(tunnel, 'x'.repeat(12 * 2 ** 20))
  await until(() => relayed > 2 ** 22)
  relay.refuse()
  relay.reset()
  await tellsOf(t, await asking, 'broke off')
  t.equal(gateway.seen.length, 1)
  await relay.heal()
  gateway.answer = echo
  t.equal(
    (await (await post(tunnel, 'x'.repeat(12 * 2 ** 20))).text()).length,
    12 * 2 ** 20,
    'the next one passes',
  )
  await until(() => exchanges.length === 2)
  t.match(exchanges, [{ ended: 'failed' }, { ended: 'finished' }])
})

t.test(
  'a network that goes dead without a word is noticed; one that comes back in time, and a model that thinks, are not',
  async (t) => {
    let finish = (): void => undefined
    const { relay, tunnel, gateway, exchanges } = await overRelay(
      t,
      (request, response) => {
        request.resume()
        if (request.url === '/v1/models') response.write('first half, ')
        finish = () => response.end('done')
      },
      ALERT,
    )
    const thinking = post(tunnel, '{}')
    await until(() => gateway.seen.some(({ url }) => url === '/healthz'))
    await until(() => gateway.seen.filter(({ url }) => url === '/healthz').length >= 3)
    finish()
    t.equal(await (await thinking).text(), 'done', 'however long it thinks')

    const patient = post(tunnel, '{}')
    await until(() => gateway.seen.at(-1)?.url === '/v1/chat/completions')
    relay.goDead()
    finish()
    await relay.heal()
    t.equal(await (await patient).text(), 'done')

    const waiting = post(tunnel, '{}')
    const streaming = await fetch(`${tunnel.url}/v1/models`)
    await until(() => tunnel.counts().inFlight === 2 && gateway.seen.at(-1)?.url !== '/healthz')
    relay.goDead()
    await tellsOf(t, await waiting, 'went silent')
    await t.rejects(streaming.text())
    await until(() => exchanges.length === 4)
    t.match(
      exchanges
        .slice(2)
        .map(({ ended }) => ended)
        .sort(),
      ['cut-off', 'failed'],
    )
  },
)

t.test('after a sleep no request goes over a connection from before', async (t) => {
  let now = Date.now()
  const { relay, tunnel, gateway } = await overRelay(t, echo, { clock: { now: () => now } })
  t.equal(await (await post(tunnel, 'before')).text(), 'before')
  t.equal(await (await post(tunnel, 'before')).text(), 'before')
  t.equal(relay.made(), 1, 'they are kept while nobody sleeps')
  relay.strand()
  now += 3_600_000
  t.equal(await (await post(tunnel, 'after')).text(), 'after')
  t.equal(relay.made(), 2)
  t.equal(gateway.asked.renew, 1, 'and the token was renewed first')
})

/** A tunnel and its gateway, with a relay between them. */
async function overRelay(t: Test, answer: Answer, wishes: TunnelWishes = {}) {
  const relay = Promise.withResolvers<Awaited<ReturnType<typeof relayTo>>>()
  const parts = await setUpTunnel(t, answer, {
    ...wishes,
    route: async (url) => {
      relay.resolve(await relayTo(t, Number(new URL(url).port)))
      return (await relay.promise).url
    },
  })
  return { ...parts, relay: await relay.promise }
}

async function tellsOf(t: Test, reply: Response, what: string): Promise<void> {
  t.equal(reply.status, 502)
  t.equal(reply.headers.get('x-should-retry'), 'false', 'clients do not send it again by themselves')
  t.match(await reply.json(), {
    error: {
      code: 'ERR_GATEWAY_UNREACHABLE',
      message: new RegExp(
        `${what} before the reply\\. The request may have reached the model.*sluice audit tail`,
      ),
    },
  })
}
