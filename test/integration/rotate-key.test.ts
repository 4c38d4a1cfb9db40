// Another key for the ledger, by the real binary: who pinned the former one goes over to it by proof.
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import type { Site } from '../support/real-gateway.ts'
import { stopped, told } from '../support/restorable-site.ts'
import { rotationSite } from '../support/rotation-site.ts'
import { emptyHome } from '../support/sluice.ts'
import { until } from '../support/until.ts'

t.setTimeout(180_000)

const NEW_KEY =
  /New key {3}the ledger’s key is \w{8} since entry \d+; \w{8}, pinned here, signed that it is\n/g

/** What this machine remembers, as it is now; the result puts it back. */
function remembered({ home }: Site): () => void {
  const [state, kept] = ['sluice', 'kept'].map((name) => join(home.folder, name)) as [string, string]
  cpSync(state, kept, { recursive: true })
  return () => {
    rmSync(state, { recursive: true })
    cpSync(kept, state, { recursive: true })
  }
}

t.test('readers go over to the new key, and over two', async (t) => {
  const { at, gateway, pinned } = await rotationSite(t)
  t.match(await told(at.home, 'audit', 'verify'), { exit: 0 })
  const before = await pinned()
  const old = before?.ledger.vkey ?? ''
  writeFileSync(join(at.home.folder, 'seen'), before?.pin ?? '')
  t.match(await told(at.home, 'gateway', 'rotate-key'), { exit: 74, message: /Another gateway .*is using/ })

  const tail = at.home.sluice('audit', 'tail', '--all')
  await tail.prints('started')
  await stopped(gateway)
  const forget = remembered(at)
  const first = await told(at.home, 'gateway', 'rotate-key')
  t.match(first, { exit: 0, before: old, ledger: String })
  t.notOk(existsSync(join(at.home.folder, 'store', 'ledger.key.next')))
  const second = await at.start()
  t.match(second.stdout(), `Ledger    ${first['ledger'] as string}\n`)
  await until('the tail that stayed open has gone over', () => NEW_KEY.test(tail.stderr()))
  await tail.prints(/rotated +ledger’s key +\w{8} → \w{8}\n/)
  tail.child.kill('SIGTERM')
  t.equal(await tail.ended, 0, tail.stderr())
  t.equal((await pinned())?.ledger.vkey, first['ledger'])
  await stopped(second)

  const twice = await told(at.home, 'gateway', 'rotate-key')
  t.match(twice, { exit: 0, before: first['ledger'] })
  const third = await at.start()
  for (const args of [
    ['tail', '--no-follow'],
    ['verify'],
    ['verify', '--all'],
    ['receipt', '0'],
    ['export', '--dir', 'copy'],
  ]) {
    forget()
    t.equal((await pinned())?.ledger.vkey, old)
    const run = at.home.sluice('audit', ...args)
    t.equal(await run.ended, 0, run.stderr())
    t.equal(run.stderr().match(NEW_KEY)?.length, 2, `${args.join(' ')} tells of both`)
    t.equal((await pinned())?.ledger.vkey, twice['ledger'])
    rmSync(join(at.home.folder, 'entry-0.tlog-proof'), { force: true })
    const again = at.home.sluice('audit', 'verify')
    t.equal(await again.ended, 0)
    t.notMatch(again.stderr(), 'New key', 'once')
  }
  forget()
  const login = await at.signInAt(at.home)
  t.equal(await login.ended, 0, login.stderr())
  t.equal(login.stderr().match(NEW_KEY)?.length, 2)
  t.equal((await pinned())?.ledger.vkey, twice['ledger'])
  t.match(await told(at.home, 'audit', 'verify', '--all'), {
    exit: 0,
    anchorSource: 'pinned on this machine',
  })

  await t.test('a copy, by the key that it began with', async (t) => {
    const stranger = emptyHome(t)
    const dir = ['audit', 'verify', '--dir', join(at.home.folder, 'copy'), '--vkey']
    const seen = ['--checkpoint', join(at.home.folder, 'seen')]
    t.match(await told(stranger, ...dir, old), { exit: 11, status: 'consistent, unanchored' })
    for (const vkey of [old, first['ledger'], twice['ledger']] as string[])
      t.match(await told(stranger, ...dir, vkey, ...seen), { exit: 0, status: 'verified' })
    const other = signerOf(generateSkey(old.split('+')[0] ?? '')).vkey
    t.match(await told(stranger, ...dir, other, ...seen), {
      exit: 10,
      fault: 'other-key',
      code: 'ERR_LEDGER_INVALID',
    })
    rmSync(join(at.home.folder, 'copy', 'rotations'))
    t.match(await told(stranger, ...dir, old, ...seen), {
      exit: 10,
      message: /is signed by key \w{8}, not by key/,
    })
  })
  await stopped(third)
  t.match(
    (await at.entries()).filter(({ kind }) => kind === 'key-rotated'),
    [
      { from: old, to: first['ledger'] },
      { from: first['ledger'], to: twice['ledger'] },
    ],
  )
})
