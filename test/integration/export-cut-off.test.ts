// An export that was cut off before its checkpoint, and a backup that was put back since, by the real binary: what nothing
// signed for is told, and kept, and is no tampering.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { restorableSite, stopped, told } from '../support/restorable-site.ts'

t.setTimeout(180_000)

t.test('an export goes on where one was cut off, though the ledger went back since', async (t) => {
  const { at, store, back, restore } = await restorableSite(t)
  const { home } = at
  const copy = join(home.folder, 'copy')
  const exported = (...args: string[]) => told(home, 'audit', 'export', '--dir', 'copy', ...args)
  /** Its export, cut off where all is written but what is written last: nothing is pinned. */
  const exportCutOff = async () => {
    const gateway = await at.start()
    const [state, kept] = ['sluice', 'kept'].map((name) => join(home.folder, name)) as [string, string]
    cpSync(state, kept, { recursive: true })
    const last = ['checkpoint', 'rotations', 'recoveries'].map((name) => join(copy, name))
    const before = last.map((path) => readFileSync(path))
    t.match(await exported(), { exit: 0 })
    for (const [at, path] of last.entries()) writeFileSync(path, before[at] ?? '')
    rmSync(state, { recursive: true })
    cpSync(kept, state, { recursive: true })
    await stopped(gateway)
  }
  await store(300)
  const first = await at.start()
  t.match(await exported(), { exit: 0, unsealed: undefined })
  await stopped(first)
  back()
  const lost = await store(900)
  await exportCutOff()
  const unsealed = readFileSync(join(copy, 'tile/entries/002'))

  const undisturbed = await at.start()
  const resumed = join(home.folder, 'resumed')
  cpSync(copy, resumed, { recursive: true })
  const goneOn = home.sluice('audit', 'export', '--dir', 'resumed')
  t.equal(await goneOn.ended, 0, goneOn.stderr())
  t.notMatch(goneOn.stderr(), 'Unsealed', 'what was left is the ledger’s')
  rmSync(join(home.folder, 'sluice'), { recursive: true })
  cpSync(join(home.folder, 'kept'), join(home.folder, 'sluice'), { recursive: true })
  await stopped(undisturbed)

  restore()
  writeFileSync(join(home.folder, 'lost.txt'), lost)
  t.match(await told(home, 'gateway', 'recover', '--checkpoint', 'lost.txt', '--yes'), { exit: 0 })
  const size = statedSize(await store(700))
  const after = await at.start()
  cpSync(copy, join(home.folder, 'twin'), { recursive: true })
  const people = home.sluice('audit', 'export', '--dir', 'twin')
  t.equal(await people.ended, 0, people.stderr())
  t.match(people.stderr(), /Unsealed  from entry 256 on, twin held what .* stands in twin\/unsealed\/\w+ now/)
  cpSync(copy, join(home.folder, 'blocked'), { recursive: true })
  rmSync(join(home.folder, 'blocked/rotations'))
  mkdirSync(join(home.folder, 'blocked/rotations/x'), { recursive: true })
  const blocked = home.sluice('audit', 'export', '--dir', 'blocked')
  t.equal(await blocked.ended, 74, 'what can’t be finished fails')
  t.match(
    blocked.stderr(),
    /Unsealed  from entry 256 on, .* stands in blocked\/unsealed\/\w+ now/,
    'and says what moved',
  )
  const { exit, unsealed: aside } = await exported()
  t.equal(exit, 0)
  const { from, folder } = aside as { from: number; folder: string }
  t.equal(from, 256)
  t.same(readFileSync(join(home.folder, folder, 'tile/entries/002')), unsealed, 'what was there is kept')
  t.notSame(readFileSync(join(copy, 'tile/entries/002')), unsealed)
  t.notOk(readdirSync(join(home.folder, folder, 'tile/entries')).includes('000'), 'what was sealed stays')
  t.match(await told(home, 'audit', 'verify', '--dir', 'copy'), { exit: 0, status: 'verified' })
  t.match(await exported(), { exit: 0, unsealed: undefined }, 'once')
  t.ok(size > 1000)

  const sealed = join(copy, 'tile/entries/000')
  writeFileSync(sealed, readFileSync(sealed, 'latin1').replace('deny', 'dany'), 'latin1')
  t.match(await exported(), { exit: 10 }, 'what a checkpoint covers is not fetched anew')
  await stopped(after)
})
