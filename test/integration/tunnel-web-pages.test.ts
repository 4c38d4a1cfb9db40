// Web pages against a tunnel that asks for no key: in a real browser of the same user, nothing but the guard stands between.
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { echo, KEY, setUpTunnel } from '../support/tunnel-set-up.ts'
import { missingForChromium, newBrowserPage } from './support/chromium.ts'

// In the page: every way to send something elsewhere. `attempts` resolves with those that gave it something to read.
const SCRIPT = `
  const text = (reply) => reply.text()
  const loaded = (element, url) => new Promise((resolve, reject) => {
    document.body.append(Object.assign(document.createElement(element), { onload: resolve, onerror: reject, src: url }))
  })
  const opened = (made) => new Promise((resolve, reject) => Object.assign(made, { onopen: resolve, onerror: reject }))
  async function attempts(url) {
    const chat = url + '/v1/chat/completions'
    const post = { method: 'POST', body: '{}' }
    const tries = {
      get: () => fetch(url + '/v1/models').then(text),
      front: () => fetch(url).then(text),
      post: () => fetch(chat, post).then(text),
      json: () => fetch(chat, { ...post, headers: { 'content-type': 'application/json' } }).then(text),
      opaque: async () => (await fetch(chat, { ...post, mode: 'no-cors' }).then(text)) || Promise.reject(),
      image: () => loaded('img', url + '/v1/models'),
      script: () => loaded('script', url + '/v1/models'),
      events: () => opened(new EventSource(chat)),
      socket: () => opened(new WebSocket(chat.replace('http', 'ws'))),
    }
    navigator.sendBeacon(chat, '{}')
    const read = []
    for (const name in tries) await tries[name]().then(() => read.push(name), () => undefined)
    return read
  }
  function submit(url) {
    document.body.innerHTML = '<form method=post enctype=text/plain><input name=a value=b></form>'
    document.forms[0].action = url + '/v1/chat/completions'
    document.forms[0].submit()
  }`

t.test(
  'no way that a page has reaches the gateway, or reads a word',
  { skip: missingForChromium() ?? false, timeout: 90_000 },
  async (t) => {
    const { tunnel, gateway } = await setUpTunnel(t, echo)
    const hostile = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(`<!doctype html><title>hostile</title><body><script>${SCRIPT}</script>`)
    })
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve))
    t.teardown(() => hostile.close())
    const page = await newBrowserPage(t)
    const { port } = hostile.address() as AddressInfo
    // Another port, a name that the page's owner makes loopback's, and that name with the tunnel's own port.
    for (const origin of [`http://127.0.0.1:${port}`, `http://evil.localhost:${port}`]) {
      await page.goto(`${origin}/`)
      t.same(await page.evaluate(`attempts('${tunnel.url}')`), [], origin)
      t.equal(await page.title(), 'hostile')
    }
    const rebound = await page.goto(`http://evil.localhost:${tunnel.port}/v1/models`)
    t.equal(rebound?.status(), 403, 'DNS rebinding')
    await page.goto(`http://127.0.0.1:${port}/`)
    await page.evaluate(`submit('${tunnel.url}')`)
    await page.waitForURL(`${tunnel.url}/**`)
    t.match(await page.content(), 'ERR_ORIGIN_REFUSED', 'a form')
    t.same(gateway.seen, [])
    t.ok(tunnel.counts().refused >= 10, `${tunnel.counts().refused} were turned away`)

    await page.goto(`${tunnel.url}/v1/models`)
    t.equal(gateway.seen.length, 1, 'who types the address himself is no page')
  },
)

t.test('no preflight is granted, whatever it asks for', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo)
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:3000', 'vscode-webview://abc']) {
    const reply = await raw(tunnel.port, [
      'OPTIONS /v1/chat/completions HTTP/1.1',
      `Host: 127.0.0.1:${tunnel.port}`,
      `Origin: ${origin}`,
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Headers: authorization, content-type',
      'Access-Control-Request-Private-Network: true',
      'Access-Control-Request-Local-Network: true',
    ])
    t.match(reply, /^HTTP\/1\.1 403 /, origin)
    t.notMatch(reply, /^access-control-/im)
  }
  t.equal(gateway.seen.length, 0)
})

t.test('what gives a page away is enough, one sign of it', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo)
  const own = `Host: 127.0.0.1:${tunnel.port}`
  const signs = [
    ...['cross-site', 'same-site', 'anything'].map((site) => [own, `Sec-Fetch-Site: ${site}`]),
    ...[
      'http://127.0.0.1',
      `https://127.0.0.1:${tunnel.port}`,
      `http://localhost:${tunnel.port}`,
      `http://127.0.0.1:${tunnel.port}.evil.example`,
    ].map((origin) => [own, `Origin: ${origin}`]),
    ...[
      'evil.example',
      `127.0.0.1.evil.example:${tunnel.port}`,
      `127.0.0.1@evil.example`,
      '0.0.0.0',
      '127.1',
      '2130706433',
      '[::ffff:127.0.0.1]',
    ].map((host) => [`Host: ${host}`]),
  ]
  for (const sign of signs) {
    const key = `Authorization: Bearer ${KEY}`
    t.match(
      await raw(tunnel.port, ['GET /v1/models HTTP/1.1', ...sign, key]),
      /^HTTP\/1\.1 403 /,
      sign.join(', '),
    )
    t.match(
      await raw(tunnel.port, ['GET / HTTP/1.1', ...sign]),
      /^HTTP\/1\.1 403 /,
      'nor is it told that this is a tunnel',
    )
  }
  t.equal(gateway.seen.length, 0)
  t.match(
    await raw(tunnel.port, ['GET /v1/models HTTP/1.1', own, `Authorization: Bearer ${KEY}`]),
    /^HTTP\/1\.1 200 /,
  )
})

async function raw(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n'))
  return Buffer.concat(await socket.toArray()).toString()
}
