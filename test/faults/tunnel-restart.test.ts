// The gateway restarts under an open tunnel: the real binaries of both, and a model server that counts what reaches it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../support/free-port.ts'
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

// Some ten processes, one after another: slow where others keep the machine busy.
t.setTimeout(180_000)

let upstream: ScriptedUpstream
let at: Site
let gateway: Run
let connect: Run
let url = ''
let key = ''

t.before(async () => {
  // Answers at once, but for a prompt that asks it to wait.
  upstream = await startScriptedUpstream(({ socket, body }) => {
    socket.write(chunkedHead())
    socket.write(chunk(event('Hello')))
    if (!body.includes('wait')) finish(socket)
  })
  at = await site(t, upstream.url)
  gateway = await at.start()
  await at.signIn()
  connect = at.home.sluice('connect', 'm', '--port', String(await freePort()))
  ;[url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await connect.prints('aider\n')) ?? []
  const env = at.home.sluice('env', 'm', '--format', 'json')
  await env.ended
  key = (JSON.parse(env.stdout()) as Record<string, string>)['OPENAI_API_KEY'] ?? ''
})
t.teardown(() => upstream.close())

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  t.test(`${signal} between two requests: the next one waits, and works`, async (t) => {
    t.match(await (await chat('one')).text(), /Hello[^]*\[DONE\]/)
    const before = upstream.asked.length
    gateway.child.kill(signal)
    await gateway.ended
    const reply = chat('two')
    const restarted = at.start()
    t.match(await (await reply).text(), /Hello[^]*\[DONE\]/)
    gateway = await restarted
    t.equal(upstream.asked.length, before + 1, 'the model was asked once')
    await connect.prints(/allowed .*\d+ tries /)
    t.equal(connect.stderr(), '', 'and nothing more is said of it')
  })
}

t.test(
  'a gateway that stops slowly: what streams is let finish, what comes is kept for the next',
  async (t) => {
    const streaming = await chat('wait')
    const [held] = upstream.asked.slice(-1)
    gateway.child.kill('SIGTERM')
    await until('it stops', () => gateway.stderr().includes('Stopping on SIGTERM'))
    const before = upstream.asked.length
    const next = chat('three')
    finish(held?.socket)
    t.match(await streaming.text(), /Hello[^]*\[DONE\]/)
    t.equal(await gateway.ended, 0)
    gateway = await at.start()
    t.match(await (await next).text(), /Hello[^]*\[DONE\]/)
    t.equal(upstream.asked.length, before + 1)
  },
)

t.test('SIGKILL in the middle of a reply: it breaks off, is not sent again, and is on record', async (t) => {
  const before = upstream.asked.length
  const streaming = await chat('wait')
  gateway.child.kill('SIGKILL')
  let came = ''
  const reading = async () => {
    for await (const piece of streaming.body ?? []) came += Buffer.from(piece).toString()
  }
  await t.rejects(reading(), 'it does not look whole')
  t.match(
    came,
    /data: \{"error":\{"message":"The connection to \S+ broke off in the middle of the reply\..*\(ex_\w+\)"/,
  )
  await connect.prints(/cut off/)
  gateway = await at.start()
  t.match(await (await chat('four')).text(), /Hello/)
  t.equal(upstream.asked.length, before + 2)
})

t.test(
  'SIGKILL before the reply has begun: the tool is told that it may have reached the model',
  async (t) => {
    upstream.script = ({ socket, body }) => {
      if (body.includes('wait')) return
      socket.write(chunkedHead())
      finish(socket)
    }
    const before = upstream.asked.length
    const reply = chat('wait')
    await until('the model has it', () => upstream.asked.length === before + 1)
    gateway.child.kill('SIGKILL')
    const told = await reply
    t.equal(told.status, 502)
    t.equal(told.headers.get('x-should-retry'), 'false')
    t.match(await told.json(), {
      error: { message: /broke off .*may have reached the model, so it was not sent again/ },
    })
    gateway = await at.start()
    t.equal((await chat('five')).status, 200)
    t.equal(upstream.asked.length, before + 2)
  },
)

t.test('in the end all of it is on record, and the session is closed', async (t) => {
  connect.child.kill('SIGINT')
  t.equal(await connect.ended, 0)
  gateway.child.kill('SIGTERM')
  await gateway.ended
  const entries = await at.entries()
  const of = (kind: string) => entries.filter((entry) => entry['kind'] === kind)
  t.equal(of('decision').length, upstream.asked.length, 'a decision for each request that reached the model')
  t.same(
    of('outcome').map(({ status }) => status),
    [
      'completed',
      'completed',
      'completed',
      'completed',
      'completed',
      'completed',
      'interrupted',
      'completed',
      'interrupted',
      'completed',
    ],
  )
  t.equal(of('session-opened').length, 1, 'one session for all of it')
  t.equal(of('session-closed').length, 1)
  t.notOk(existsSync(join(at.home.folder, 'sluice', 'state.lock')))
})

function chat(content: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }] }),
  })
}

function finish(socket: ScriptedUpstream['asked'][number]['socket'] | undefined): void {
  for (const piece of [event('', 'stop'), DONE]) socket?.write(chunk(piece))
  socket?.write(LAST_CHUNK)
}
