// A backup that was put back, and an entry that does not account for what somebody saw, or none: an alarm, as ever.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
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
  await store(50)
  t.match(await look(), { exit: 0 })
  await handOver()
  restore()
  const { name } = await told(at.home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes')
  const accept = ['--accept-recovery', String(name)]
  back('recovered')
  t.match(await look(...accept), { exit: 0 })
  const pin = (await record())?.pin
  restore('recovered')
  t.match(await look(...accept), { exit: 10 }, 'by who went along with it')
  t.equal((await record())?.pin, pin)

  const state = join(at.home.folder, 'sluice', 'state.json')
  const kept = JSON.parse(readFileSync(state, 'utf8')) as {
    gateways: Record<string, { recovered?: unknown }>
  }
  for (const gateway of Object.values(kept.gateways)) delete gateway.recovered
  writeFileSync(state, JSON.stringify(kept))
  t.match(await look(...accept), { exit: 10 }, 'by who came later')
})

t.test('what was gone along with beforehand is that entry, not another at its place', async (t) => {
  const { at, store, back, restore, look, handOver } = await restorableSite(t)
  back()
  await store(50)
  t.match(await look(), { exit: 0 })
  await handOver()
  const recover = async () => {
    restore()
    return told(at.home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes')
  }
  const first = await recover()
  t.match(first, { exit: 0, name: new RegExp(`^${first['entry'] as number}:[0-9a-f]{32}$`) })
  const second = await recover()
  t.equal(second['entry'], first['entry'])
  const { name } = second
  t.match(await look('--accept-recovery', String(first['name'])), {
    exit: 12,
    name,
    nextSteps: [/^Ask whoever/, new RegExp(`--accept-recovery ${String(name)}$`)],
  })
  for (const text of [String(first['entry']), `${String(name)}0`]) {
    const { exit, message } = await told(at.home, 'audit', 'verify', '--accept-recovery', text)
    t.same([exit, message], [2, `--accept-recovery must be ENTRY:HASH, not "${text}".`])
  }
  t.match(await look('--accept-recovery', String(name)), { exit: 0 })
})
