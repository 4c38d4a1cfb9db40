// How connect and run end, and what they leave behind: asked to, killed, in a terminal that is closed, and after a sleep.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { whoIsAt } from '../../src/tunnel/front.ts'
import { fakeGateway, type Answer } from '../support/fake-gateway.ts'
import { freePort } from '../support/free-port.ts'
import { relayTo } from '../support/relay.ts'
import { signedInHome, type Run } from '../support/sluice.ts'
import { until } from '../support/until.ts'

// Some twenty processes, one after another: slow where others keep the machine busy.
t.setTimeout(180_000)

const answer: Answer = (request, response) => {
  request.resume()
  response.write('hello')
  if (request.url !== '/v1/endless') response.end()
}

for (const [signal, why] of [
  ['SIGTERM', 'by SIGTERM'],
  ['SIGHUP', 'the terminal went away'],
] as const) {
  t.test(`connect ends on ${signal} at once, in order`, async (t) => {
    const { home, gateway } = await setUp(t)
    const { connect, url, port } = await listening(home.sluice('connect', 'qwen-coder', '--keyless'))
    const endless = await fetch(`${url}/v1/endless`)
    connect.child.kill(signal)
    t.equal(await connect.ended, 0)
    t.match(connect.stdout(), new RegExp(`cut off .*\nClosed {5}${why}; 1 request, 1 cut off\n$`))
    await t.rejects(endless.text())
    t.equal(gateway.asked.close, 1, 'the session is closed')
    t.equal(await whoIsAt(port, ''), 'nobody')
  })
}

t.test('a gateway that is gone does not keep it from ending', async (t) => {
  const { home, relay } = await setUp(t)
  const { connect } = await listening(
    home.sluice('connect', 'qwen-coder', '--port', String(await freePort())),
  )
  relay.goDead()
  connect.child.kill('SIGINT')
  t.equal(await connect.ended, 0)
  t.match(connect.stdout(), /Closed {5}by you; no requests\n$/)
  t.equal(connect.stderr(), '')
})

t.test(
  'a terminal that is closed ends it in order, whatever is still to be printed',
  { skip: noScript() },
  async (t) => {
    const { home, gateway } = await setUp(t)
    const inTerminal = (...args: string[]) =>
      home.sluiceUnder(['bash', '-c', 'exec script -qefc "exec $*" /dev/null', '--'], ...args)
    for (const path of ['models', 'endless']) {
      const { connect, url, port } = await listening(inTerminal('connect', 'qwen-coder', '--keyless'))
      const reply = await fetch(`${url}/v1/${path}`)
      // Either its line is printed at about that time, or it is cut off, which is told when nobody reads any more.
      if (path === 'models') t.equal(await reply.text(), 'hello')
      const closed = gateway.asked.close
      connect.child.kill('SIGKILL')
      await until(`the session is closed: ${path}`, () => gateway.asked.close > closed)
      await until('the port is free', async () => (await whoIsAt(port, '')) === 'nobody')
      if (path === 'endless') await t.rejects(reply.text())
      t.equal(gateway.asked.close, closed + 1)
    }

    const minute = `60.${process.pid}`
    const script = `'echo up; sleep ${minute}'`
    const run = inTerminal('run', 'qwen-coder', '--verbose', '--', 'bash', '-c', script)
    await run.prints('up')
    const closed = gateway.asked.close
    run.child.kill('SIGKILL')
    await until('so does run, once its command has', () => gateway.asked.close > closed)
    await until('both are gone', () => spawnSync('pgrep', ['-f', `qwen-coder.*sleep ${minute}`]).status === 1)
  },
)

t.test('connect killed leaves nothing that is in the way of the next', async (t) => {
  const { home } = await setUp(t)
  const own = String(await freePort())
  const killed = await listening(home.sluice('connect', 'qwen-coder', '--port', own))
  killed.connect.child.kill('SIGKILL')
  await killed.connect.ended
  // As if it had been killed while it held them.
  const mark = JSON.stringify({ pid: killed.connect.child.pid, host: hostname(), id: 'x' })
  for (const lock of ['state.lock', 'tunnel-secret.lock'])
    writeFileSync(join(home.folder, 'sluice', lock), mark)
  const env = home.sluice('env', 'qwen-coder')
  t.equal(await env.ended, 0)
  t.match(env.stderr(), /No tunnel is open there now/)
  const next = await listening(home.sluice('connect', 'qwen-coder'))
  t.equal(String(next.port), own)
  t.equal(next.connect.stderr(), '')
})

t.test('run passes signals on, and ends as its command does', async (t) => {
  const { home, gateway } = await setUp(t)
  const endings = [
    ['SIGTERM', 'trap "echo told; exit 3" TERM', 3],
    ['SIGHUP', 'trap "echo told; exit 4" HUP', 4],
    ['SIGINT', 'trap "echo told; exit 5" INT', 5],
    ['SIGHUP', ':', 129],
  ] as const
  for (const [i, [signal, trap, code]] of endings.entries()) {
    const script = `${trap}; echo up; while :; do sleep 0.05; done`
    const run = home.sluice('run', 'qwen-coder', '--', 'bash', '-c', script)
    await run.prints('up')
    run.child.kill(signal)
    t.equal(await run.ended, code, `${signal} ${run.stderr()}`)
    if (trap !== ':') t.match(run.stdout(), 'told')
    t.equal(gateway.asked.close, i + 1, 'and the session is closed')
  }
})

t.test('run killed leaves no open port; its command goes on, and is told by the next request', async (t) => {
  const { home } = await setUp(t)
  const script = `
    const ask = () => fetch(process.env.OPENAI_BASE_URL + '/models', { headers: { 'x-api-key': process.env.OPENAI_API_KEY } })
      .then((reply) => reply.text()).catch(({ cause }) => cause.code)
      .then((told) => { console.log(told); if (told !== 'ECONNREFUSED') setTimeout(ask, 50) })
    ask()`
  const run = home.sluice('run', 'qwen-coder', '--', process.execPath, '-e', script)
  await run.prints('hello')
  run.child.kill('SIGKILL')
  await run.prints('ECONNREFUSED')
  await run.ended
})

t.test('after a sleep of the laptop the first request works', async (t) => {
  const { home, gateway, relay } = await setUp(t)
  // Good for ten seconds more than a token must be.
  gateway.tokenMs = 40_000
  const { connect, url } = await listening(
    home.sluice('connect', 'qwen-coder', '--keyless', '--port', String(await freePort())),
  )
  t.equal(await (await fetch(`${url}/v1/models`)).text(), 'hello')
  connect.child.kill('SIGSTOP')
  // The network is another one afterwards: nothing comes over the old connections, not even their end.
  relay.strand()
  await sleep(12_000)
  connect.child.kill('SIGCONT')
  t.equal(await (await fetch(`${url}/v1/models`)).text(), 'hello')
  t.equal(gateway.asked.open, 2, 'by a new token')
  t.equal(connect.stderr(), '')
})

async function setUp(t: Test) {
  const gateway = await fakeGateway(answer)
  t.teardown(() => gateway.stop())
  const relay = await relayTo(t, Number(new URL(gateway.url).port))
  return { gateway, relay, home: await signedInHome(t, relay.url) }
}

async function listening(connect: Run) {
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await connect.prints('aider')) ?? []
  return { connect, url, port: Number(new URL(url).port) }
}

function noScript(): string | false {
  return spawnSync('script', ['--version']).status !== 0 && 'needs script(1)'
}
