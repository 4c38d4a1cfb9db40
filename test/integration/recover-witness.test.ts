// A backup that was put back: what the operator has to say, and how a witness goes on.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeLatch } from '../../src/adapters/sql/latch-file.ts'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { restorableSite, stopped, told } from '../support/restorable-site.ts'
import { emptyHome } from '../support/sluice.ts'
import { openTestStore } from '../support/test-store.ts'
import { until } from '../support/until.ts'

t.setTimeout(180_000)

t.test('where the gateway has run since, the operator says what the backup held', async (t) => {
  const { at, store, back, restore, look, handOver } = await restorableSite(t)
  back()
  const restored = statedSize(await store())
  await store(5)
  t.match(await look(), { exit: 0 })
  const seen = await handOver()
  restore()
  const since = statedSize(await store(40))
  const recover = ['gateway', 'recover', '--checkpoint', 'seen.txt', '--yes']
  t.match(await told(at.home, ...recover), {
    exit: 2,
    message: `That is not all: the first ${seen} of the ${since} entries in the store are not those of the checkpoint in seen.txt.`,
  })
  t.match(await told(at.home, ...recover, '--restored', '900'), {
    exit: 2,
    message: /so 900 can't be restored/,
  })
  const done = await told(at.home, ...recover, '--restored', String(restored))
  t.match(done, { exit: 0, entry: since, restored })
  t.match(await look(), { exit: 12, entry: since, restored, lost: seen })
  t.match(await look('--accept-recovery', String(done['name'])), { exit: 0 })
  t.match(await look(), { exit: 0 })
  t.match(await told(at.home, ...recover.slice(0, 2)), { exit: 2, message: 'Nobody is there to be asked.' })
  await handOver()
  t.match(await told(at.home, ...recover), { exit: 2, message: /^Nothing is lost: the ledger extends/ })
})

t.test('a latched ledger: what was acknowledged is known, and the latch is taken off', async (t) => {
  const { at, folder, store, back, restore } = await restorableSite(t)
  back()
  const restored = statedSize(await store())
  const acknowledged = await store(3)
  restore()
  const reason = 'it holds fewer entries than were acknowledged'
  writeLatch(join(folder, 'ledger.key'), { reason, at: '2026-11-23T09:00:00Z', acknowledged, found: '' })
  t.match(await told(at.home, 'gateway', 'start'), { exit: 74, nextSteps: [/unlatch/, /recover/] })
  const recovered = await told(at.home, 'gateway', 'recover', '--yes', '--reason', 'failed-over')
  t.match(recovered, { exit: 0, restored, lost: { size: restored + 3 } })
  await stopped(await at.start())
  const [entry] = (await at.entries()).filter(({ kind }) => kind === 'ledger-recovered')
  t.match(entry, { restored, lost: { size: restored + 3 }, reason: 'failed-over' })
})

t.test('a witness goes on where its own operator says so, with the receipt', async (t) => {
  const { at, folder, store, back, restore } = await restorableSite(t)
  const elsewhere = emptyHome(t)
  const { vkey: log } = await openTestStore({ folder, origin: `127.0.0.1:${at.port}/ledger` }).then(
    async (store) => store.close().then(() => store),
  )
  const watch = async (port: number, ...more: string[]) => {
    const flags = ['--json', '--listen', `127.0.0.1:${port}`, '--name', 'w1', '--log', log]
    const witness = elsewhere.sluice('audit', 'witness', ...flags, ...more)
    await witness.prints('\n')
    const [first = ''] = witness.stdout().split('\n')
    return { witness, ...(JSON.parse(first) as { url: string; vkey: string }) }
  }
  const { witness, url, vkey } = await watch(0)
  const port = Number(new URL(url).port)
  at.configure(`roles: { auditor: [engineering] }\nledger: { witnesses: [{ url: '${url}', vkey: ${vkey} }] }`)
  back()
  const restored = statedSize(await store())
  await store(60)
  const before = await at.start()
  const cosigned = () => [
    ...witness.stdout().matchAll(/"cosigned","status":200,"origin":"[^"]+","size":(\d+)/g),
  ]
  await until('it cosigns', () => cosigned().length > 0)
  await stopped(before)
  const seen = Number(cosigned().at(-1)?.[1])
  const copy = await store()
  writeFileSync(join(at.home.folder, 'newest.txt'), copy)
  restore()
  t.match(await told(at.home, 'gateway', 'recover', '--checkpoint', 'newest.txt', '--yes'), { exit: 0 })
  const after = await at.start()
  await until('the gateway hears that it is refused', () => after.stderr().includes('ROLLED BACK'))
  t.match(
    await told(at.home, 'audit', 'receipt', String(restored), '--out', join(elsewhere.folder, 'receipt')),
    { exit: 0 },
  )
  t.match(await told(at.home, 'audit', 'receipt', '0', '--out', join(elsewhere.folder, 'another')), {
    exit: 0,
  })
  await stopped(witness)

  const other = elsewhere.sluice('audit', 'witness', '--log', log, '--accept-recovery', 'another')
  t.equal(await other.ended, 2)
  t.match(other.stderr(), /no receipt of a recovery/)
  const again = await watch(port, '--accept-recovery', 'receipt')
  await again.witness.prints(`"event":"recovered","origin":"127.0.0.1:${at.port}/ledger","entry":${restored}`)
  t.match(again.witness.stdout(), `"seen":${seen}`)
  await until('it cosigns the ledger as it is', () =>
    again.witness.stdout().includes('"cosigned","status":200'),
  )
  await stopped(again.witness)
  const third = await watch(port, '--accept-recovery', 'receipt')
  const verified = await told(at.home, 'audit', 'verify', '--witness', vkey)
  t.match(verified, { exit: 0, witnesses: [{ witness: 'w1' }] })
  t.match(third.witness.stdout(), '"event":"nothing-lost"')
  t.match(third.witness.stderr(), 'nothing that was cosigned here is lost by it, or it was accepted before')
  await stopped(third.witness)
  t.notMatch(third.witness.stdout(), 'recovered', 'once')
  await stopped(after)
})
