// The disk of the store full or read-only, for real: refused in words, nothing goes to the model, and space mends it.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { site } from '../support/real-gateway.ts'
import { noSmallDisk, smallDisk, type SmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)

const REPLY = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
})

t.test('a disk that fills up while the gateway runs', { skip: noSmallDisk }, async (t) => {
  let asked = 0
  const model = createServer((request, response) => {
    asked++
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(REPLY))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => model.once('listening', resolve))
  t.teardown(() => model.close())
  const at = await site(t, `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`)
  const disk = await smallDisk(t, join(at.home.folder, 'store'), 12)
  const url = `http://127.0.0.1:${at.port}`
  let token = ''
  const chat = async () => {
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    return { status: reply.status, body: await reply.text() }
  }

  const first = await at.start(disk.under)
  token = await at.signIn()
  t.equal((await chat()).status, 200)
  const ballast = [fill(disk, 'ballast')]
  let refused = await chat()
  await until('the disk is full for the ledger, too', async () => {
    if (refused.status === 200) refused = await chat()
    return refused.status !== 200
  })
  t.equal(refused.status, 503)
  t.match(refused.body, /"code":"ERR_LEDGER_UNAVAILABLE"/)
  t.match(refused.body, /its disk is full \(SQLITE_FULL\)/)
  t.match(refused.body, /see that its database, or its disk, is well and has space/)
  const told = () =>
    first
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"level":50'))
  await until('the log tells it', () => told().length > 0)
  t.match(JSON.parse(told()[0] ?? ''), {
    code: 'ERR_LEDGER_UNAVAILABLE',
    msg: "The ledger can't be written: its disk is full (SQLITE_FULL).",
    nextSteps: [/until then it lets nothing through/],
  })
  const before = asked
  t.equal((await chat()).status, 503, 'and so it stays')
  t.equal(asked, before, 'nothing goes to the model')
  const ready = await fetch(`${url}/readyz`)
  t.equal(ready.status, 503)
  t.equal(told().length, 1, 'once')
  t.match(await ready.text(), 'the ledger is not writable')
  for (const path of ballast.splice(0)) rmSync(path)
  await until('with space it goes on by itself', async () => (await chat()).status === 200)
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  ballast.push(fill(disk, 'again'))
  await until('the disk is full once more', async () => (await chat()).status === 503)
  first.child.kill('SIGTERM')
  await first.ended

  // What the gateway itself has let go of.
  ballast.push(fill(disk, 'more'))
  const still = at.home.sluiceUnder(disk.under, 'gateway', 'start')
  t.equal(await still.ended, 74)
  t.match(
    still.stderr(),
    /The store in \S+ can't be (opened|used): its disk is full \((SQLITE_FULL|ENOSPC)\)/,
  )
  t.match(still.stderr(), /→ Free space on the disk of the store, then start the gateway again/)

  for (const path of ballast) rmSync(path)
  const again = await at.start(disk.under)
  t.equal((await chat()).status, 200, 'with space it goes on')
  const tail = at.home.sluice('audit', 'tail', '--no-follow', '--json')
  t.equal(await tail.ended, 0, 'what is on record verifies')
  const seen = tail.stdout().split('\n').filter(Boolean)
  const kinds = (kind: string) => seen.filter((line) => line.includes(`"kind":"${kind}"`)).length
  t.equal(kinds('outcome'), kinds('decision'), 'every exchange has its outcome')
  t.ok(kinds('decision') >= asked, 'and every one that the model saw its decision')
  again.child.kill('SIGTERM')
  t.equal(await again.ended, 0)

  disk.remount('ro')
  const readOnly = at.home.sluiceUnder(disk.under, 'gateway', 'start')
  t.equal(await readOnly.ended, 74)
  t.match(
    readOnly.stderr(),
    /The store in \S+ can't be opened: it is read-only \((EROFS|SQLITE_READONLY\w*)\)/,
  )
  t.match(readOnly.stderr(), /→ Mount its disk for writing/)
})

/** Leaves no byte free. Returns the path of what takes the place. */
function fill(disk: SmallDisk, name: string): string {
  const path = join(disk.folder, name)
  const file = openSync(path, 'w')
  for (let size = 2 ** 20; size > 0;) {
    try {
      writeSync(file, Buffer.alloc(size))
    } catch {
      size = Math.floor(size / 2)
    }
  }
  closeSync(file)
  return path
}
