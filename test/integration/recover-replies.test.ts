// A backup that was put back, and somebody who has pinned nothing of what was lost, but got replies that named it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { restorableSite, stopped, told } from '../support/restorable-site.ts'

t.setTimeout(180_000)

t.test('who got replies that named what was lost is told of the recovery, and asked once', async (t) => {
  const { at, record, store, back, restore, look } = await restorableSite(t)
  t.match(await look(), { exit: 0 }, 'pinned before the backup')
  back()
  const restored = statedSize(await store())
  const late = await store(20)
  writeFileSync(join(at.home.folder, 'late.txt'), late)
  const { url = '', subject } = (await record()) ?? {}
  const reply = { at: Date.now(), subject: subject?.id, operation: 'chat', exchange: 'ex_lost' }
  const replies = join(at.home.folder, 'sluice', `replies-${url.replace(/[^a-z0-9.]+/gi, '-')}.jsonl`)
  writeFileSync(replies, `${JSON.stringify({ ...reply, entry: restored + 3, outcome: restored + 4 })}\n`)
  restore()
  const tail = async (...args: string[]) => {
    const gateway = await at.start()
    const run = at.home.sluice('audit', 'tail', '--no-follow', ...args)
    const exit = await run.ended
    gateway.child.kill('SIGTERM')
    await gateway.ended
    return { exit, stderr: run.stderr() }
  }
  const { name } = await told(at.home, 'gateway', 'recover', '--checkpoint', 'late.txt', '--yes')
  const unasked = await tail()
  t.match(unasked, { exit: 12, stderr: /1 reply that this machine got names an entry from there/ })
  t.notMatch(unasked.stderr, 'Missing')
  t.match(await tail('--accept-recovery', String(name)), { exit: 0, stderr: /^Recovered /m })
  const again = await tail()
  t.equal(again.exit, 0, 'once')
  t.notMatch(again.stderr, 'Recovered')
  t.match((await record())?.recovered, [{ entry: restored, restored, lost: restored + 20 }])
})

t.test('a machine whose clock is ahead: what it saw before a recovery, and what after', async (t) => {
  const { at, record, store, back, restore, handOver } = await restorableSite(t)
  const { href } = new URL('../support/shifted-clock.ts', import.meta.url)
  const clock = ['env', `NODE_OPTIONS=--import ${href}`, 'CLOCK_AHEAD_MS=240000']
  /** Verified by that clock; the exit code. */
  const look = async (...args: string[]) => {
    const gateway = await at.start()
    const exit = await at.home.sluiceUnder(clock, 'audit', 'verify', ...args).ended
    await stopped(gateway)
    return exit
  }
  back()
  await store(20)
  t.equal(await look(), 0)
  const seen = Date.parse((await record())?.pinnedAt ?? '')
  t.ok(Math.abs(seen - Date.now()) < 120_000, 'it knows that it is ahead')
  await handOver()
  restore()
  const { name } = await told(at.home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes')
  back('recovered')
  t.equal(await look(), 12)
  t.equal(await look('--accept-recovery', String(name)), 0)
  await store(5)
  t.equal(await look(), 0)
  const state = join(at.home.folder, 'sluice', 'state.json')
  const text = readFileSync(state, 'utf8')
  writeFileSync(state, text.replace(/"recovered": ?\[[^\]]*\]/, '"recovered": []'))
  t.same((await record())?.recovered, [])
  restore('recovered')
  t.equal(await look('--accept-recovery', String(name)), 10, 'it does not account for what came after it')
})
