// A backup that was put back, and somebody who has pinned nothing of what was lost, but got replies that named it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { restorableSite, told } from '../support/restorable-site.ts'

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
