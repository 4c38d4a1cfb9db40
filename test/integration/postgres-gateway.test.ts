// Two gateways, as operators run them, on one PostgreSQL: a sign-in at one is good at the other, both append to one ledger,
// and a database that goes away is refused until it is back.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../support/free-port.ts'
import { startPostgres } from '../support/postgres.ts'
import { site } from '../support/real-gateway.ts'
import { until } from '../support/until.ts'

t.setTimeout(150_000)

const REPLY = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
})

t.test('two gateways on one database', async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const model = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(REPLY))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => model.once('listening', resolve))
  t.teardown(() => model.close())

  const at = await site(t, `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`)
  const path = join(at.home.folder, 'sluice.yaml')
  const password = new URL(await server.database())
  const text = readFileSync(path, 'utf8').replace('store: store', `store: "${password.href}"`)
  writeFileSync(path, text)
  const port = await freePort()
  writeFileSync(
    join(at.home.folder, 'other.yaml'),
    text.replace(`listen: 127.0.0.1:${at.port}`, `listen: 127.0.0.1:${port}`),
  )

  const check = at.home.sluice('gateway', 'check')
  t.equal(await check.ended, 0)
  t.notMatch(check.stderr(), /Not now/)
  t.notMatch(check.stdout() + check.stderr(), password.password)

  const one = await at.start()
  const other = at.home.sluice('gateway', 'start', 'other.yaml')
  await other.prints('Ledger ')
  t.equal(/Ledger +(\S+)/.exec(other.stdout())?.[1], /Ledger +(\S+)/.exec(one.stdout())?.[1], 'one ledger')

  const token = await at.signIn()
  const chat = async (at: number) => {
    const reply = await fetch(`http://127.0.0.1:${at}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    return {
      status: reply.status,
      entry: Number(reply.headers.get('sluice-entry')),
      body: await reply.text(),
    }
  }
  const [first, second] = [await chat(at.port), await chat(port)]
  t.equal(first.status, 200)
  t.equal(second.status, 200, 'signed in at one, known at the other')
  t.ok(second.entry > first.entry)

  await server.kill()
  // A process of the server may answer once more after the first one has gone.
  let refused = await chat(port)
  await until('it refuses', async () => refused.status !== 200 || ((refused = await chat(port)), false))
  t.match(refused.body, /"code":"ERR_(LEDGER_UNAVAILABLE|STORE)"/)
  await server.start()
  for (const each of [at.port, port])
    await until('it goes on by itself', async () => (refused = await chat(each)).status === 200)

  const tail = at.home.sluice('audit', 'tail', '--no-follow', '--json')
  t.equal(await tail.ended, 0, 'what is on record verifies')
  const seen = tail.stdout().split('\n').filter(Boolean)
  const kinds = (kind: string) => seen.filter((line) => line.includes(`"kind":"${kind}"`)).length
  t.equal(kinds('outcome'), kinds('decision'), 'every exchange has its outcome')
  for (const run of [one, other]) {
    run.child.kill('SIGTERM')
    t.equal(await run.ended, 0)
  }
})
