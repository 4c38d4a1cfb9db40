// Whom a tunnel serves: who has its key, or without one the programs of its own user; and nobody learns the key from it.
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { isOfOwnUser } from '../../src/adapters/proc/own-user.ts'
import { tunnelSecret } from '../../src/adapters/client-state/tunnel-secret.ts'
import { whoIsAt } from '../../src/tunnel/front.ts'
import { fakeGateway } from '../support/fake-gateway.ts'
import { signedInHome } from '../support/sluice.ts'
import { echo, KEY, setUpTunnel, until } from '../support/tunnel-set-up.ts'

// Tunnels of the real binary: slow where others keep the machine busy.
t.setTimeout(120_000)

t.test('the key is taken where clients of model APIs put it, and goes no further', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo, { admission: { key: KEY } })
  const places: Record<string, string>[] = [
    { authorization: `Bearer ${KEY}` },
    { authorization: `bearer  ${KEY}` },
    { 'x-api-key': KEY },
    { 'api-key': KEY },
    { 'x-goog-api-key': KEY },
    { authorization: 'Bearer sk-of-a-provider', 'x-api-key': KEY },
  ]
  for (const headers of places) {
    const reply = await fetch(`${tunnel.url}/v1/models`, { headers })
    t.equal(reply.status, 200, JSON.stringify(headers))
    t.notOk(JSON.stringify(gateway.seen.at(-1)?.headers).includes('sk-'), 'the gateway sees no key')
  }
})

t.test('or before the path, for clients that are given an address alone', async (t) => {
  const { tunnel, gateway, exchanges } = await setUpTunnel(t, echo, { admission: { key: KEY } })
  const body = '{"model":"m"}'
  const reply = await fetch(`${tunnel.url}/${KEY}/api/show?verbose=1`, { method: 'POST', body })
  t.equal(await reply.text(), body)
  t.equal(gateway.seen.at(-1)?.url, '/api/show?verbose=1')
  t.equal((await fetch(`${tunnel.url}/${KEY}/v1/models`)).status, 200, 'of whatever API')
  const wrong = await fetch(`${tunnel.url}/${KEY}x/api/tags`)
  t.match([wrong.status, await wrong.json()], [403, { error: /opens by a key of its own/ }])
  for (const elsewhere of [`/${KEY}/api/tags`, `/v1/${KEY}/models`, `/v1/models?key=${KEY}`]) {
    const nothing = await fetch(`${tunnel.url}/${KEY}${elsewhere}`)
    t.equal(nothing.status, 404, elsewhere)
    t.notMatch(await nothing.text(), 'sk-sluice')
  }
  t.equal(gateway.seen.length, 2)
  await until(() => exchanges.length >= 3)
  t.match(exchanges, [
    { path: '/api/show', operation: 'show', discovery: true },
    { path: '/v1/models', operation: 'models' },
    { path: '/api/tags', ended: 'refused' },
  ])
  t.notMatch(JSON.stringify([exchanges, gateway.seen]), 'sk-sluice', 'it is told nobody')
})

t.test('without it nobody is served, and the tool says what to do', async (t) => {
  const { tunnel, gateway, exchanges } = await setUpTunnel(t, echo, { admission: { key: KEY } })
  const others: Record<string, string>[] = [
    {},
    { authorization: '' },
    { authorization: 'Bearer ' },
    { authorization: KEY },
    { authorization: `Basic ${KEY}` },
    { authorization: `Bearer ${KEY.slice(0, -1)}` },
    { authorization: `Bearer ${KEY}x` },
    { 'x-api-key': `${KEY}, ${KEY}` },
    { cookie: `key=${KEY}` },
  ]
  for (const headers of others) {
    const reply = await fetch(`${tunnel.url}/v1/chat/completions?key=${KEY}`, {
      method: 'POST',
      body: '{}',
      headers,
    })
    t.equal(reply.status, 401, JSON.stringify(headers))
    t.equal(reply.headers.get('x-should-retry'), 'false')
    t.match(await reply.json(), {
      error: {
        code: 'ERR_TUNNEL_KEY',
        type: 'authentication_error',
        message: /sluice env qwen-coder prints.*sluice connect qwen-coder --keyless/,
      },
    })
  }
  t.equal((await fetch(`${tunnel.url}/any/path`)).status, 401, 'nor told what there is')
  t.equal(gateway.seen.length, 0)
  t.equal(tunnel.counts().refused, others.length + 1)
  t.match(exchanges, [{ ended: 'refused', status: 401, error: { code: 'ERR_TUNNEL_KEY' } }])
  t.equal(exchanges.length, 1, 'of many in a row one is told')
})

t.test('its page is for everyone, proves whose tunnel it is, and names nothing', async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo, { admission: { key: KEY } })
  t.equal(await whoIsAt(tunnel.port, KEY), 'tunnel')
  t.equal(await whoIsAt(tunnel.port, `${KEY}x`), 'another', 'the tunnel of another model or user')
  const page = await fetch(tunnel.url, { headers: { 'sluice-challenge': 'x'.repeat(32) } })
  const told = JSON.stringify([...page.headers]) + (await page.text())
  for (const secret of [KEY, KEY.slice('sk-sluice-'.length), gateway.url, 'qwen-coder', 'ada'])
    t.notOk(told.includes(secret), secret)

  const relay = createServer((asked, answer) => {
    asked
      .pipe(request(`${tunnel.url}${asked.url}`, { headers: ownHost(asked.headers) }))
      .on('response', (told) => {
        answer.writeHead(told.statusCode ?? 500, told.headers)
        told.pipe(answer)
      })
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  t.teardown(() => relay.close())
  const { port } = relay.address() as AddressInfo
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200)
  t.equal(await whoIsAt(port, KEY), 'another', 'a program between is found out')
  relay.close()
  relay.closeAllConnections()
  t.equal(await whoIsAt(port, KEY), 'nobody')
})

const linux = process.platform !== 'linux' && 'only Linux tells whose a connection is'
const root = linux || (process.getuid?.() !== 0 && 'only root can be another user')

t.test('keyless: the programs of the own user are served', { skip: linux }, async (t) => {
  const { tunnel } = await setUpTunnel(t, echo, { admission: { key: KEY, keyless: isOfOwnUser } })
  t.equal((await fetch(`${tunnel.url}/v1/models`)).status, 200)
  t.equal((await fetch(`http://localhost:${tunnel.port}/v1/models`)).status, 200, 'over either family')
  t.equal(await asUser(process.getuid?.() ?? 0, tunnel.port), '200')
})

t.test(
  'keyless: a list that names a connection twice, as on a busy machine, tells whose it is',
  { skip: linux },
  async (t) => {
    const uid = process.geteuid?.() ?? 0
    const open = { listening: false, established: true, inode: 1 }
    const end = { ...open, localAddress: '127.0.0.1', localPort: 50_000, remotePort: 4141, uid }
    const connection = { remoteAddress: '127.0.0.1', remotePort: 50_000, localPort: 4141 }
    const isOwn = (...ends: (typeof end)[]) => isOfOwnUser(connection, () => ends)
    t.ok(isOwn(end))
    t.ok(isOwn(end, { ...end, localPort: 50_001, uid: uid + 1 }, end, end))
    t.notOk(isOwn(), 'it is not there')
    t.notOk(isOwn({ ...end, uid: uid + 1 }))
    t.notOk(isOwn(end, { ...end, uid: uid + 1 }), 'or it is another’s as well')
    t.notOk(isOwn({ ...end, established: false }))
  },
)

t.test('keyless: those of another are not, unless they bring the key', { skip: root }, async (t) => {
  const { tunnel, gateway } = await setUpTunnel(t, echo, { admission: { key: KEY, keyless: isOfOwnUser } })
  t.equal(await asUser(65_534, tunnel.port), '401')
  t.equal(await asUser(65_534, tunnel.port, 'and is gone'), '', 'nor where the system forgets whose it was')
  t.equal(gateway.seen.length, 0)
  t.equal(await asUser(65_534, tunnel.port, `authorization: Bearer ${KEY}`), '200')
  await until(() => tunnel.counts().refused === 2)
})

t.test('connect prints no key; env does, the same one each time, another for each model', async (t) => {
  const gateway = await fakeGateway(echo)
  t.teardown(() => gateway.stop())
  const home = await signedInHome(t, gateway.url)
  const key = async () => {
    const env = home.sluice('env', 'qwen-coder', '--format', 'json')
    t.equal(await env.ended, 0, env.stderr())
    return (JSON.parse(env.stdout()) as Record<string, string>)['OPENAI_API_KEY'] ?? ''
  }
  const keys: string[] = []
  for (const flags of [[], ['--json']]) {
    const connect = home.sluice('connect', 'qwen-coder', ...flags)
    await connect.prints(flags.length > 0 ? '\n' : 'aider\n')
    keys.push(await key())
    const { OPENAI_BASE_URL: url } = {
      OPENAI_BASE_URL: /http:\/\/127\.0\.0\.1:\d+/.exec(connect.stdout())?.[0],
    }
    for (const authorization of ['Bearer wrong\u009b', `Bearer ${keys[0]}`])
      await fetch(`${url}/v1/models`, { headers: { authorization } })
    await connect.prints('models')
    connect.child.kill('SIGTERM')
    t.equal(await connect.ended, 0)
    const printed = connect.stdout() + connect.stderr()
    t.match(
      printed,
      flags.length > 0 ? /"refused":1/ : /refused {2}This tunnel opens by a key of its own.*\n/,
    )
    t.match(printed, flags.length > 0 ? /"ERR_TUNNEL_KEY"/ : /1 request, none cut off; 1 turned away\n/)
    t.notMatch(printed, /sk-sluice|wrong/)
  }
  t.equal(keys[0], keys[1])
  const secret = join(home.folder, 'sluice', 'tunnel-secret')
  t.equal(statSync(secret).mode & 0o777, 0o600)
  t.notOk(keys[0]?.includes(readFileSync(secret, 'utf8').trim()))

  chmodSync(secret, 0o644)
  const open = home.sluice('connect', 'qwen-coder')
  t.equal(await open.ended, 74)
  t.match(
    open.stderr(),
    /tunnel-secret, .* is open to other users of this machine\.\n {2}→ Remove it: another is made/,
  )
  rmSync(secret)
  t.not(await key(), keys[0], 'after which the keys are others')
})

t.test('env points no tool at another program that holds the port', async (t) => {
  const gateway = await fakeGateway(echo)
  t.teardown(() => gateway.stop())
  const home = await signedInHome(t, gateway.url)
  const connect = home.sluice('connect', 'qwen-coder')
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(await connect.prints('aider\n')) ?? []
  connect.child.kill('SIGTERM')
  await connect.ended
  const heard: IncomingHttpHeaders[] = []
  const squatter = createServer(({ headers }, response) => {
    heard.push(headers)
    response.end('A sluice tunnel; its API is under /v1.\n')
  })
  await new Promise<void>((resolve) => squatter.listen(Number(port), '127.0.0.1', resolve))
  t.teardown(() => squatter.close())
  const env = home.sluice('env', 'qwen-coder')
  t.equal(await env.ended, 73)
  t.equal(env.stdout(), '')
  t.match(env.stderr(), new RegExp(`No tunnel to qwen-coder is open: port ${port} is in use by `))
  t.ok(heard.length > 0)
  t.notMatch(JSON.stringify(heard), 'sk-sluice', 'and it is not told the key')
})

t.test('however many start at once, they make one secret', async (t) => {
  const home = await signedInHome(t, 'http://127.0.0.1:9')
  const folder = join(home.folder, 'sluice')
  const secrets = await Promise.all(Array.from({ length: 10 }, () => tunnelSecret(folder)))
  t.equal(new Set(secrets).size, 1)
})

/** The status that a user's own shell gets; with a last word `and is gone`, it hangs up before the answer. */
async function asUser(uid: number, port: number, more = ''): Promise<string> {
  const gone = more === 'and is gone'
  const head = `GET /v1/models HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n${gone || more === '' ? '' : `${more}\\r\\n`}\\r\\n`
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '${head}' >&3; ${gone ? 'exec 3>&-' : 'cat <&3'}`
  const child = spawn('bash', ['-c', script], { uid, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  const text = Buffer.concat(await child.stdout.toArray()).toString()
  return /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? ''
}

function ownHost(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return { ...headers, host: 'localhost' }
}
