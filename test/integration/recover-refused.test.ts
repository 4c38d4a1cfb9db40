// A backup that was put back, and an entry that does not account for what somebody saw, or none: an alarm, as ever.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { restorableSite, told } from '../support/restorable-site.ts'

t.setTimeout(180_000)

t.test('what no entry accounts for is refused as before', async (t) => {
  const { at, record, store, back, restore, look, handOver } = await restorableSite(t)
  back()
  await store(5)
  t.match(await look(), { exit: 0 })
  const less = await handOver()
  await store(5)
  t.match(await look(), { exit: 0 })
  const pin = (await record())?.pin
  const refused = async (why: string) => {
    t.match(await look(), { exit: 10, message: /rolled back|does not begin with|does not extend/ }, why)
    t.equal((await record())?.pin, pin, 'the pin stays')
  }
  restore()
  await refused('no entry')
  await store(40)
  await refused('no entry, and a ledger that is longer')

  restore()
  const unknown = await told(at.home, 'gateway', 'recover', '--yes')
  t.match(unknown, { exit: 0, stderr: /whoever saw more than \d+ entries will refuse the ledger/ })
  await refused('an entry that names no checkpoint')

  restore()
  t.match(await told(at.home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes'), {
    exit: 0,
    lost: { size: less },
  })
  await refused('an entry that claims less than was lost')
})

t.test('an entry accounts for nothing that was seen after it', async (t) => {
  const { at, record, store, back, restore, look, handOver } = await restorableSite(t)
  back()
  const restored = String(statedSize(await store()))
  await store(50)
  t.match(await look(), { exit: 0 })
  await handOver()
  restore()
  t.match(await told(at.home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes'), { exit: 0 })
  back('recovered')
  t.match(await look('--accept-recovery', restored), { exit: 0 })
  const pin = (await record())?.pin
  restore('recovered')
  t.match(await look('--accept-recovery', restored), { exit: 10 }, 'by who went along with it')
  t.equal((await record())?.pin, pin)

  const state = join(at.home.folder, 'sluice', 'state.json')
  const kept = JSON.parse(readFileSync(state, 'utf8')) as {
    gateways: Record<string, { recovered?: unknown }>
  }
  for (const gateway of Object.values(kept.gateways)) delete gateway.recovered
  writeFileSync(state, JSON.stringify(kept))
  t.match(await look('--accept-recovery', restored), { exit: 10 }, 'by who came later')
})
