// Whom a tunnel turns away, and what callers are told when the sign-in, the gateway or the tunnel itself ends.
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { whoIsAt } from '../../src/tunnel/front.ts'
import { echo, KEY, post, setUpTunnel, until } from '../support/tunnel-set-up.ts'

t.test('only programs of this machine are served', async (t) => {
  const { tunnel, gateway, exchanges } = await setUpTunnel(t, echo)
  const own = `127.0.0.1:${tunnel.port}`
  const status = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) =>
      httpRequest(`${tunnel.url}/v1/models`, { headers, setHost: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end(),
    )
  for (const host of [own, 'localhost', `LOCALHOST:${tunnel.port}`, '[::1]:4141', '127.0.0.1'])
    t.equal(await status({ host }), 200, host)
  for (const host of [
    'evil.example',
    `evil.example:${tunnel.port}`,
    '127.0.0.1.evil.example',
    'localhost.',
    '',
  ])
    t.equal(await status({ host }), 403, host)
  t.equal(await status({ host: own, origin: `http://${own}` }), 200)
  for (const origin of ['null', 'https://evil.example', 'http://localhost:3000', `https://${own}`, ''])
    t.equal(await status({ host: own, origin }), 403, `Origin: ${origin}`)
  t.equal(await status({ host: own, 'sec-fetch-site': 'cross-site' }), 403)
  t.equal(gateway.seen.length, 6, 'nothing else reached the gateway')
  t.match(tunnel.counts(), { requests: 6, refused: 11 })
  t.match(
    exchanges.filter(({ ended }) => ended === 'refused'),
    [{ status: 403, error: { code: 'ERR_ORIGIN_REFUSED' } }],
  )

  const refused = await fetch(`${tunnel.url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  })
  t.equal(refused.headers.get('access-control-allow-origin'), null)
  t.match(await refused.json(), {
    error: { code: 'ERR_ORIGIN_REFUSED', type: 'permission_error', message: /serves no web pages/ },
  })
})

t.test('a proxy it is not', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo)
  const socket = connect(tunnel.port, '127.0.0.1')
  socket.end(`GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  t.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1.1 400 /)
  t.equal(gateway.seen.length, 0)
})

t.test('two hosts are one too many', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo)
  const socket = connect(tunnel.port, '127.0.0.1')
  socket.end('GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
  t.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1.1 400 [^]*"ERR_REQUEST_INVALID"/)
  t.equal(gateway.seen.length, 0)
})

t.test('the session’s token goes with inference alone', async (t) => {
  const { tunnel, gateway, exchanges } = await setUpTunnel(t, echo)
  const ask = (method: string, path: string) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) =>
      httpRequest({ host: '127.0.0.1', port: tunnel.port, method, path }, async (response) =>
        resolve({
          status: response.statusCode,
          body: Buffer.concat(await response.toArray()).toString(),
        }),
      )
        .on('error', reject)
        .end(),
    )
  const served = [
    '/v1/models',
    '/v1/models?limit=1',
    '/v1/models/org%2Fm%3A7b',
    '/v1/messages?beta=true',
    '/v1/new..thing',
    '/models',
    '/chat/completions',
    '/responses',
    '/api/chat',
    '/api/generate',
    '/api/tags',
    '/api/show',
    '/api/version',
    '/api/ps',
  ]
  for (const path of served) t.equal((await ask('GET', path)).status, 200, path)
  t.same(
    gateway.seen.map(({ url }) => url),
    served,
  )
  for (const path of [
    '/api/v1/whoami',
    '/v1',
    '/v1evil',
    '//v1/models',
    '/?/v1/',
    '/models/',
    '/v1/../api/v1/whoami',
    '/v1/%2e%2E/api/v1/whoami',
    '/v1/..%2fapi/v1/whoami',
    '/v1/..\\api/v1/whoami',
    '/v1/%zz',
    '/oauth/token',
    '/messages',
    '/v1/v1/messages',
    '/v1/api/tags',
    '/api/pull',
    '/api/tags/',
    '/api/embed',
  ]) {
    const { status, body } = await ask('GET', path)
    t.equal(status, 404, path)
    const { error } = JSON.parse(body) as { error: { message: string } | string }
    t.match(
      typeof error === 'string' ? error : error.message,
      `base URL is ${tunnel.url}/v1 for clients of OpenAI's API, and ${tunnel.url} for those of`,
    )
  }
  t.equal((await ask('POST', '/')).status, 404)
  t.equal(gateway.seen.length, served.length, 'none of them reached the gateway')
  t.match(exchanges.at(-1), { ended: 'refused', status: 404 })
})

t.test('each caller is refused in the words of its own API', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo, { admission: { key: 'sk-sluice-another' } })
  const refused = async (path: string) => {
    const response = await fetch(`${tunnel.url}${path}`, { method: 'POST', body: '{}' })
    t.equal(response.headers.get('content-type'), 'application/json')
    t.equal(response.headers.get('x-should-retry'), 'false')
    return [response.status, await response.json()]
  }
  const message = /opens by a key of its own.* sluice env qwen-coder prints/
  for (const path of ['/v1/chat/completions', '/v1/responses'])
    t.match(await refused(path), [
      401,
      { error: { message, type: 'authentication_error', code: 'ERR_TUNNEL_KEY' } },
    ])
  t.match(await refused('/v1/messages/count_tokens?beta=true'), [
    401,
    { type: 'error', error: { type: 'authentication_error', message } },
  ])
  t.match(
    await refused('/api/chat'),
    [403, { error: message }],
    'for whom 401 is another thing: a sign-in at ollama.com',
  )
  t.equal(gateway.seen.length, 0)
})

t.test('its own front answers whether it is there', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo)
  t.equal((await fetch(tunnel.url, { method: 'HEAD' })).status, 200)
  t.equal(await (await fetch(tunnel.url)).text(), 'A sluice tunnel; its API is under /v1.\n')
  t.equal(gateway.seen.length, 0)
})

t.test(
  'of a model that is reached by Ollama’s API it answers as Ollama does, to whom it serves',
  async (t) => {
    const { tunnel, gateway } = await setUpTunnel(t, echo, { admission: { key: KEY }, dialects: ['ollama'] })
    t.equal(await (await fetch(`${tunnel.url}/${KEY}`)).text(), 'Ollama is running')
    t.equal((await fetch(`${tunnel.url}/${KEY}/`, { method: 'HEAD' })).status, 200)
    const authorization = `Bearer ${KEY}`
    t.equal(await (await fetch(tunnel.url, { headers: { authorization } })).text(), 'Ollama is running')
    for (const url of [tunnel.url, `${tunnel.url}/${KEY}x`])
      t.equal(await (await fetch(url)).text(), 'A sluice tunnel; its API is under /v1.\n')
    t.equal(await whoIsAt(tunnel.port, KEY), 'tunnel')
    t.equal(gateway.seen.length, 0)
  },
)

t.test('a token that the gateway refuses is renewed; without a body nobody notices', async (t) => {
  const { gateway, tunnel } = await setUpTunnel(t, echo)
  gateway.tokens.clear()
  t.equal((await fetch(`${tunnel.url}/v1/models`)).status, 200)
  t.same([gateway.asked.renew, gateway.seen.length], [1, 2])

  gateway.tokens.clear()
  const response = await post(tunnel, '{"big":true}')
  t.equal(response.status, 503, 'what was sent is not sent twice')
  t.match(await response.json(), { error: { message: /Send the request again/ } })
  t.equal(await (await post(tunnel, '{"big":true}')).text(), '{"big":true}', 'again, it works')
})

t.test('after the end of the sign-in callers are told to log in; then the tunnel goes on', async (t) => {
  const { gateway, tunnel, exchanges } = await setUpTunnel(t, echo)
  gateway.tokens.clear()
  gateway.failing = 'ERR_SIGN_IN_EXPIRED'
  for (let i = 0; i < 2; i++) {
    const response = await post(tunnel, '{}')
    t.equal(response.status, 401)
    t.equal(response.headers.get('x-should-retry'), 'false')
    t.match(await response.json(), {
      error: { code: 'ERR_SIGN_IN_EXPIRED', type: 'authentication_error', message: /sluice login/ },
    })
  }
  t.equal(gateway.seen.length, 1, 'the second one did not go out')
  await until(() => exchanges.length === 2)
  t.match(exchanges, [{ ended: 'failed', error: { code: 'ERR_SIGN_IN_EXPIRED' } }, { ended: 'failed' }])
  gateway.failing = undefined
  t.equal(await (await post(tunnel, 'hello')).text(), 'hello')
})

t.test('a gateway that is down is named, with what to do', async (t) => {
  const { gateway, tunnel } = await setUpTunnel(t, echo)
  await gateway.stop()
  const response = await post(tunnel, '{}')
  t.equal(response.status, 502)
  t.match(await response.json(), {
    error: {
      code: 'ERR_GATEWAY_UNREACHABLE',
      type: 'server_error',
      message: `${gateway.url} can't be reached. Is the gateway running?`,
    },
  })
})

t.test('what was sent is never sent again', async (t) => {
  const { gateway, tunnel } = await setUpTunnel(t, (request) => {
    request.resume().on('end', () => request.socket.destroy())
  })
  t.equal((await post(tunnel, '{}')).status, 502)
  t.equal((await fetch(`${tunnel.url}/v1/models`)).status, 502)
  t.equal(gateway.seen.length, 2)
})

t.test('closing waits for what is on its way, and cuts it off when told', async (t) => {
  const { tunnel, exchanges } = await setUpTunnel(t, (request, response) => {
    request.resume()
    response.write('1')
    if (request.url === '/v1/short') setTimeout(() => response.end('2'), 100)
  })
  const short = await fetch(`${tunnel.url}/v1/short`)
  const long = await fetch(`${tunnel.url}/v1/long`)
  const drained = tunnel.drain()
  await t.rejects(fetch(`${tunnel.url}/v1/more`), 'no more is taken')
  t.equal(await short.text(), '12')
  t.equal(tunnel.counts().inFlight, 1)
  await tunnel.close()
  await drained
  await t.rejects(long.text())
  t.same(tunnel.counts(), { requests: 2, cutOff: 1, inFlight: 0, refused: 0 })
  t.match(exchanges, [
    { path: '/v1/short', ended: 'finished' },
    { path: '/v1/long', ended: 'cut-off' },
  ])
})
