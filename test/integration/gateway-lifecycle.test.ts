// The life of a gateway, as the real binary: how it starts, what operators ask of it, and how it stops.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer, connect as plainConnect } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import OpenAI from 'openai'
import t from 'tap'
import { Agent } from 'undici'
import { makeCertificate, noOpenssl } from '../support/certificate.ts'
import { site, type Site } from '../support/real-gateway.ts'
import {
  chunk,
  chunkedHead,
  DONE,
  event,
  LAST_CHUNK,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import type { Run } from '../support/sluice.ts'
import { until } from '../support/until.ts'

const PROMPT = 'prompt-4711'
const messages = [{ role: 'user' as const, content: PROMPT }]

let upstream: ScriptedUpstream
let at: Site
let token: string

// Eight processes, one after another: slow where others keep the machine busy.
t.setTimeout(120_000)

t.before(async () => {
  // Begins to answer; tests say when it goes on.
  upstream = await startScriptedUpstream(({ socket }) => {
    socket.write(chunkedHead())
    socket.write(chunk(event('Hello ')))
  })
  at = await site(t, upstream.url)
})
t.teardown(() => upstream.close())

t.test('beyond loopback it does not start without TLS', async (t) => {
  at.configure('', { host: '0.0.0.0' })
  const run = at.home.sluice('gateway', 'start')
  t.equal(await run.ended, 3)
  t.match(run.stderr(), /sluice\.yaml:1:\d+.*listen.*beyond loopback without TLS/)
  at.configure()
})

t.test('a port in use is named', async (t) => {
  const other = createServer().listen(at.port, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const run = at.home.sluice('gateway', 'start')
  t.equal(await run.ended, 73)
  t.match(run.stderr(), new RegExp(`Port ${at.port} on 127\\.0\\.0\\.1 is in use by (node|another program)`))
  t.same(await at.entries(), [], 'a gateway that never served has not started')
  await new Promise((resolve) => other.close(resolve))
})

t.test('SIGTERM as soon as it has printed its last line, or while it starts: an orderly end', async (t) => {
  const eager = at.home.sluice('gateway', 'start')
  eager.child.stdout?.on('data', () => eager.stdout().includes('Ledger') && eager.child.kill('SIGTERM'))
  t.equal(await eager.ended, 0)
  t.match(eager.stdout(), /Stopped\n$/)
  t.match((await at.entries()).slice(-2), [{ kind: 'gateway-started' }, { kind: 'gateway-stopped' }])

  rmSync(file('store'), { recursive: true })
  const early = at.home.sluice('gateway', 'start')
  await until('it opens its store', () => existsSync(file('store')))
  early.child.kill('SIGTERM')
  t.equal(await early.ended, 0)
  t.match(await at.entries(), [{ kind: 'gateway-started' }, { kind: 'gateway-stopped' }])
})

t.test('it warns of what its configuration may not mean', async (t) => {
  const run = await at.start()
  t.match(
    run.stderr(),
    /Warning {2}sluice\.yaml:\d+:\d+ {2}models\[0\]\.credentials\.bearer: a secret stands in the file/,
  )
  const held = at.home.sluice('gateway', 'start', '--quiet')
  t.equal(await held.ended, 74)
  t.notMatch(held.stderr(), /Warning/)
  const check = at.home.sluice('gateway', 'check', '--quiet')
  t.equal(await check.ended, 0)
  t.match(check.stderr(), /Warning {2}sluice\.yaml:\d+:\d+ .*a secret stands in the file/, 'it was asked for')
  run.child.kill('SIGTERM')
  await run.ended
})

t.test('as JSON: an object when it serves, and one when it has stopped', async (t) => {
  const run = at.home.sluice('gateway', 'start', '--json')
  const serving = JSON.parse(await run.prints('\n')) as object
  const url = `http://127.0.0.1:${at.port}`
  t.match(serving, { event: 'serving', url, ledger: /^\S+\+\w+\+\S+$/, models: ['m'] })
  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0)
  const [, ...rest] = run.stdout().trimEnd().split('\n')
  t.same(
    rest.map((line) => JSON.parse(line) as object),
    [{ event: 'stopped', by: 'SIGTERM' }],
  )
})

t.test('what operators ask of it', async (t) => {
  const run = await at.start()
  t.match(run.stdout(), `Serving   http://127.0.0.1:${at.port}  m\n`)
  token = await at.signIn()
  const url = `http://127.0.0.1:${at.port}`
  t.same(await text(`${url}/healthz`), [200, 'ok\n'])
  t.same(await text(`${url}/readyz`), [200, 'ready\n'])

  const reply = chat(url)
  await reply.begun
  finishReply()
  t.equal(await reply.text, 'Hello world')
  const metrics = await fetch(`${url}/metrics`)
  t.match(metrics.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const lines = await metrics.text()
  for (const line of [
    'sluice_exchanges_total{model="m",status="completed"} 1',
    'sluice_exchanges_open 0',
    'sluice_exchange_seconds_count 1',
    'sluice_ledger_writable 1',
    'sluice_ledger_waiting 0',
  ])
    t.ok(lines.split('\n').includes(line), line)
  for (const text of ['ada', 'example.dev', 'sub_', 'engineering', PROMPT, '127.0.0.1'])
    t.notOk(lines.includes(text), `no ${text}`)

  const opened = await api('POST', '/api/v1/sessions', { model: 'm' })
  const session = (await opened.json()) as { id: string; token: string }
  const streaming = chat(url, session.token)
  await streaming.begun
  t.equal((await api('DELETE', `/api/v1/sessions/${session.id}`)).status, 204)
  await t.rejects(streaming.text, { code: 'ERR_TOKEN_INVALID', message: /session was closed/ })
  t.ok(upstream.asked.at(-1)?.closed, 'the model server was hung up on')

  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0)
  t.match(run.stdout(), /Stopped\n$/)
  t.match(run.stderr(), /"requestId":"req_\w+".*"code":"ERR_TOKEN_INVALID"/, 'the log is whole')
  for (const text of [token, PROMPT, 'Hello', 'of-the-model-server', 'of-the-gateway', 'ada@'])
    t.notOk(run.stderr().includes(text), 'the log has no token, credential, text or name')
})

t.test(
  'with TLS: a sound new certificate is taken up; SIGTERM lets a stream finish',
  { skip: noOpenssl },
  async (t) => {
    const run = await startWithTls('30s')
    const first = await shown()
    t.match(first, /CN=first/)
    const old = connect({ port: at.port, host: '127.0.0.1', rejectUnauthorized: false })
    await new Promise((resolve) => old.once('secureConnect', resolve))

    certificate('second')
    await until('new connections get the new certificate', async () => /CN=second/.test(await shown()))
    t.match(await askOver(old, '/healthz'), /^HTTP\/1\.1 200 [\s\S]*ok/, 'the old connection goes on')

    const key = readFileSync(file('key.pem'))
    certificate('third')
    writeFileSync(file('key.pem'), key)
    await until('the mismatch is told', () => /does not belong to the certificate/.test(run.stderr()))
    t.match(await shown(), /CN=second/)
    certificate('fourth')
    await until('a sound pair is taken up again', async () => /CN=fourth/.test(await shown()))

    // SIGTERM: nothing new, while a running stream finishes.
    const reply = chat(`https://127.0.0.1:${at.port}`)
    await reply.begun
    // A connection that says nothing holds nobody up; one that has begun to ask is answered.
    const silent = plainConnect({ port: at.port, host: '127.0.0.1' })
    t.teardown(() => silent.destroy())
    const probe = connect({ port: at.port, host: '127.0.0.1', rejectUnauthorized: false })
    await new Promise((resolve) => probe.once('secureConnect', resolve))
    const ready = askOver(probe, '/readyz', async () => {
      run.child.kill('SIGTERM')
      await until('it stops', () => run.stderr().includes('Stopping on SIGTERM'))
      await until('it accepts no more', async () => (await shown()) === 'ECONNREFUSED')
    })
    t.match(await ready, /^HTTP\/1\.1 503 [\s\S]*connection: close[\s\S]*stopping/i)
    finishReply()
    t.equal(await reply.text, 'Hello world')
    t.equal(await run.ended, 0)
    t.match((await at.entries()).slice(-2), [
      { kind: 'outcome', status: 'completed' },
      { kind: 'gateway-stopped' },
    ])
  },
)

t.test(
  'SIGTERM: what takes longer than limits.drain is ended, and recorded so',
  { skip: noOpenssl },
  async (t) => {
    const run = await startWithTls('100ms')
    const reply = chat(`https://127.0.0.1:${at.port}`)
    await reply.begun
    run.child.kill('SIGTERM')
    await t.rejects(reply.text, {
      code: 'ERR_GATEWAY_STOPPING',
      message: /stopped before the reply was complete.*\(req_/,
    })
    t.equal(await run.ended, 0)
    t.ok(upstream.asked.at(-1)?.closed, 'the model server was hung up on')
    t.match((await at.entries()).slice(-2), [
      { kind: 'outcome', status: 'interrupted', error: 'ERR_GATEWAY_STOPPING' },
      { kind: 'gateway-stopped' },
    ])
  },
)

t.test(
  'a second SIGTERM ends it at once; the next start records what was cut off',
  { skip: noOpenssl },
  async (t) => {
    const run = await startWithTls('10m')
    const reply = chat(`https://127.0.0.1:${at.port}`)
    await reply.begun
    run.child.kill('SIGTERM')
    await until('it stops', () => run.stderr().includes('a second one ends at once'))
    // Sooner it could be the same signal again, passed on by a parent.
    await new Promise((resolve) => setTimeout(resolve, 400))
    run.child.kill('SIGTERM')
    t.equal(await run.ended, 1)
    await t.rejects(reply.text)
    t.match((await at.entries()).at(-1), { kind: 'outcome', status: 'interrupted' })
  },
)

const file = (name: string): string => join(at.home.folder, name)

async function startWithTls(drain: string): Promise<Run> {
  certificate('first')
  at.configure(`tls: { cert: cert.pem, key: key.pem }\nlimits: { drain: ${drain} }`, { scheme: 'https' })
  return at.start()
}

/** Makes a pair and puts it in place, the certificate first, as a careless script would. */
function certificate(name: string): void {
  const made = makeCertificate(at.home.folder, name)
  writeFileSync(file('cert.pem'), readFileSync(made.cert))
  writeFileSync(file('key.pem'), readFileSync(made.key))
}

/** The subject that a new connection is shown, or the code of the error that it meets. */
function shown(): Promise<string> {
  return new Promise((resolve) => {
    const asking = request({
      host: '127.0.0.1',
      port: at.port,
      path: '/healthz',
      rejectUnauthorized: false,
      agent: false,
    })
    asking.on('response', (response) => {
      const { subject } = (response.socket as TLSSocket).getPeerX509Certificate() ?? { subject: 'none' }
      response.resume().on('end', () => resolve(subject))
    })
    asking.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'))
    asking.end()
  })
}

/** Asks over a connection that is open; `meanwhile` comes between the head's two halves. */
async function askOver(socket: TLSSocket, path: string, meanwhile?: () => Promise<void>): Promise<string> {
  let came = ''
  socket.setEncoding('utf8').on('data', (piece: string) => (came += piece))
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n`)
  await meanwhile?.()
  socket.write('\r\n')
  await until('it is answered', () => /\r\n\r\n(?:\w+\n|2\r\n|[\s\S]*\n)/.test(came))
  socket.destroy()
  return came
}

function finishReply(): void {
  const socket = upstream.asked.at(-1)?.socket
  for (const piece of [event('world'), event('', 'stop'), DONE]) socket?.write(chunk(piece))
  socket?.write(LAST_CHUNK)
}

/** A streamed chat by the real SDK: `begun` with its first words, `text` when it has ended. */
function chat(
  url: string,
  apiKey = token,
): { readonly begun: Promise<void>; readonly text: Promise<string> } {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
  const openai = new OpenAI({
    baseURL: `${url}/v1`,
    apiKey,
    maxRetries: 0,
    fetchOptions: { dispatcher: dispatcher as never },
  })
  const begun = Promise.withResolvers<void>()
  const text = (async () => {
    let text = ''
    const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true })
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? ''
      begun.resolve()
    }
    return text
  })()
  text.catch(begun.reject)
  return { begun: begun.promise, text }
}

function api(method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`http://127.0.0.1:${at.port}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function text(url: string): Promise<[number, string]> {
  const response = await fetch(url)
  return [response.status, await response.text()]
}
