// gateway unlatch, by the real binary: what was acknowledged, what is there, and not without being told to.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeLatch } from '../../src/adapters/sql/latch-file.ts'
import { site } from '../support/real-gateway.ts'
import { decision, openTestStore } from '../support/test-store.ts'

t.setTimeout(120_000)

t.test('a ledger that went back', async (t) => {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  const folder = join(at.home.folder, 'store')
  const origin = `127.0.0.1:${at.port}/ledger`
  const free = at.home.sluice('gateway', 'unlatch')
  t.equal(await free.ended, 0)
  t.equal(free.stdout(), 'The ledger is not latched.\n')

  const store = await openTestStore({ folder, origin })
  await store.log.append([decision({ effect: 'deny' }), decision({ effect: 'deny' })])
  const acknowledged = (await store.log.checkpoint()).replace('\n2\n', '\n5\n')
  await store.close()
  const reason = 'it holds 2 entries, but 5 were acknowledged'
  writeLatch(join(folder, 'ledger.key'), { reason, at: '2026-11-23T09:00:00Z', acknowledged, found: '' })

  const check = at.home.sluice('gateway', 'check')
  t.equal(await check.ended, 0)
  t.match(
    check.stderr(),
    /Not now {2}The ledger is latched since 2026-11-23T09:00:00Z: it holds 2 entries, but 5 were/,
  )
  const start = at.home.sluice('gateway', 'start')
  t.equal(await start.ended, 74)
  t.match(
    start.stderr(),
    /The ledger is latched since .*\n {2}→ See what was found, and decide: sluice gateway unlatch/,
  )

  const unasked = at.home.sluice('gateway', 'unlatch')
  t.equal(await unasked.ended, 2)
  t.match(unasked.stderr(), /Acknowledged {2}5 entries, root \S+=\nStored now {4}2 entries, root \S+=\n/)
  t.match(unasked.stderr(), /Missing {7}the last 3, from index 2 on/)
  t.match(unasked.stderr(), /Nobody is there to be asked/)
  t.ok(existsSync(join(folder, 'ledger.latch')), 'left as it is')

  const done = at.home.sluice('gateway', 'unlatch', '--yes', '--json')
  t.equal(await done.ended, 0)
  t.match(JSON.parse(done.stdout()), {
    latched: false,
    reason,
    acknowledged: { size: 5 },
    stored: { size: 2 },
  })
  const again = await at.start()
  again.child.kill('SIGTERM')
  t.equal(await again.ended, 0)
})
