// A tail that stays open over a restored backup, and a key that was rotated after it: told, by proof, and not alarmed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { restorableSite, stopped, told } from '../support/restorable-site.ts'

t.setTimeout(120_000)

t.test('the tail ends, and says why; the next one goes along, and over to the new key', async (t) => {
  const { at, record, store, back, restore } = await restorableSite(t)
  back()
  const restored = statedSize(await store())
  await store(20)
  const gateway = await at.start()
  const tail = at.home.sluice('audit', 'tail', '--all')
  await tail.prints(`#${restored + 20}`)
  await stopped(gateway)
  writeFileSync(join(at.home.folder, 'newest.txt'), await store())
  restore()
  const { name } = await told(at.home, 'gateway', 'recover', '--checkpoint', 'newest.txt', '--yes')
  const { ledger } = await told(at.home, 'gateway', 'rotate-key')
  const after = await at.start()
  t.equal(await tail.ended, 12, tail.stderr())
  t.match(
    tail.stderr(),
    new RegExp(`index ${restored} to \\d+, are no longer on record; entry ${restored} says so`),
  )

  const again = await told(at.home, 'audit', 'verify', '--accept-recovery', String(name))
  t.match(again, { exit: 0, stderr: /Recovered .*\n.*\nNew key {3}the ledger’s key is/s })
  t.equal((await record())?.ledger.vkey, ledger)
  t.match(await told(at.home, 'audit', 'verify', '--all'), {
    exit: 0,
    anchorSource: 'pinned on this machine',
  })
  await stopped(after)
})
