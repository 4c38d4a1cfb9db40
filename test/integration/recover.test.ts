// A backup that was put back, by the real binary: who saw what was lost is told by its entry, once, and goes along or does not.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { restorableSite, stopped, told } from '../support/restorable-site.ts'
import { emptyHome } from '../support/sluice.ts'
import { terminal } from '../support/terminal.ts'

t.setTimeout(180_000)

t.test('who pinned what was lost is told, goes along with it once, and keeps the proof', async (t) => {
  const { at, record, store, back, restore, look, handOver } = await restorableSite(t)
  const { home } = at
  back()
  const restored = statedSize(await store())
  await store(300)
  t.match(await look(), { exit: 0 })
  const seen = await handOver()
  const lostPin = (await record())?.pin ?? ''
  restore()

  t.match(await told(home, 'gateway', 'recover'), { exit: 2, message: 'Nobody is there to be asked.' })
  const unasked = home.sluice('gateway', 'recover', '--checkpoint', 'seen.txt')
  t.equal(await unasked.ended, 2)
  t.match(
    unasked.stderr(),
    new RegExp(`Seen {8}${seen} entries, root \\S+=\nStored now {2}${restored} entries, root`),
  )
  t.match(
    unasked.stderr(),
    `Lost        ${seen - restored} entries, index ${restored} to ${seen - 1}, at least`,
  )
  t.equal(statedSize(await store()), restored, 'nothing is written before it is agreed to')
  const recovered = await told(home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes')
  t.match(recovered, { exit: 0, recovered: true, entry: restored, restored, lost: { size: seen } })
  t.match(await told(home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes'), {
    exit: 0,
    entry: restored,
  })

  const gateway = await at.start()
  const running = await told(home, 'gateway', 'recover', '--checkpoint', 'seen.txt', '--yes')
  t.match(running, { exit: 74, message: /Another gateway .*is using/ })
  const commands = [
    ['tail', '--no-follow'],
    ['verify'],
    ['verify', '--all'],
    ['receipt', '0'],
    ['export', '--dir', 'copy'],
  ]
  const lost = `${seen - restored} entries, index ${restored} to ${seen - 1}, are no longer`
  const refused = {
    exit: 12,
    code: 'ERR_LEDGER_RECOVERED',
    message: new RegExp(`restored a backup at \\S+Z: ${lost}`),
    entry: restored,
    restored,
    lost: seen,
    seen,
    name: String(recovered['name']),
  }
  const name = String(recovered['name'])
  const another = ['verify', '--accept-recovery', name.replace(':', '0:')]
  const all = [...commands, another].map((args) => told(home, 'audit', ...args))
  for (const one of await Promise.all(all)) t.match(one, refused)
  t.equal((await record())?.pin, lostPin, 'the pin stays until it is agreed to')

  const { folder: HOME } = home
  const env = { HOME, XDG_STATE_HOME: HOME, SLUICE_KEYCHAIN: 'file', NO_COLOR: '1' }
  const bin = new URL('../../bin/run.js', import.meta.url).pathname
  const asked = terminal(t, `${process.execPath} ${bin} audit verify`, { env, cwd: HOME, columns: 400 })
  t.match(
    await asked.shows('[y/N]'),
    new RegExp(`Recovered Whoever runs the gateway restored a backup.*entry ${restored} says so`),
  )
  asked.type('n\n')
  t.equal(await asked.ended, 12)
  const agreed = terminal(t, `${process.execPath} ${bin} audit tail --no-follow --all`, {
    env,
    cwd: HOME,
    columns: 400,
  })
  await agreed.shows('[y/N]')
  agreed.type('y\n')
  t.equal(await agreed.ended, 0)
  t.match(agreed.shown(), new RegExp(`recovered +ledger +lost: #${restored} to ${seen - 1} +backup-restored`))

  t.match(
    (await record())?.recovered,
    [{ entry: restored, restored, lost: seen, pin: lostPin }],
    'the proof is kept',
  )
  const runs = commands.map((args) => home.sluice('audit', ...args))
  for (const run of runs) {
    t.equal(await run.ended, 0, run.stderr())
    t.notMatch(run.stderr(), 'Recovered', 'once')
  }
  t.match(
    await told(home, 'audit', 'export', '--dir', 'copy'),
    { exit: 0 },
    'a copy of the new ledger goes on',
  )
  await stopped(gateway)

  await t.test('a copy, by a reader who has what was lost, and an earlier checkpoint', async (t) => {
    const stranger = emptyHome(t)
    const { ledger } = (await record()) ?? {}
    const dir = ['audit', 'verify', '--dir', join(home.folder, 'copy'), '--vkey', ledger?.vkey ?? '']
    const late = ['--checkpoint', join(home.folder, 'seen.txt')]
    t.match(await told(stranger, ...dir, ...late), { exit: 12, entry: restored, seen })
    const accepted = await told(stranger, ...dir, ...late, '--accept-recovery', name)
    t.match(accepted, { exit: 11, status: 'consistent, unanchored' }, 'what is lost anchors nothing')
    const early = join(home.folder, 'early.txt')
    restore()
    writeFileSync(early, await store())
    t.match(
      await told(stranger, ...dir, ...late, '--checkpoint', early, '--accept-recovery', name),
      { exit: 0, status: 'verified', anchorSize: restored },
      'what was before is proved to be as it was',
    )
    rmSync(join(home.folder, 'copy', 'recoveries'))
    t.match(await told(stranger, ...dir, ...late), { exit: 10, fault: 'rolled-back' })
  })
})
