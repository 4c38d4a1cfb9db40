// A gateway, a witness and readers, each by the real binary: what a witness has cosigned is an anchor for everybody.
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generateCosignerKey, cosignerOf } from '../../src/audit/cosignature.ts'
import { site } from '../support/real-gateway.ts'
import { emptyHome, type Home } from '../support/sluice.ts'
import { until } from '../support/until.ts'

t.setTimeout(180_000)

/** Runs `sluice audit …`, with --json, and what came of it; `code` is the error's. */
async function audit(home: Home, ...args: string[]) {
  const run = home.sluice('audit', ...args, '--json')
  const exit = await run.ended
  const told = JSON.parse(run.stdout() || '{}') as { error?: Record<string, unknown> }
  return { exit, stderr: run.stderr(), ...told, ...told.error } as Record<string, unknown>
}

t.test('a ledger that a witness cosigns is anchored for who never saw it before', async (t) => {
  const gateway = await site(t, 'http://127.0.0.1:9/v1')
  const first = await gateway.start()
  const ledger = /Ledger {4}(\S+)/.exec(await first.prints(/Ledger {4}\S+\n/))?.[1] ?? ''
  first.child.kill('SIGTERM')
  await first.ended

  const elsewhere = emptyHome(t)
  const witness = elsewhere.sluice(
    'audit',
    'witness',
    '--json',
    '--listen',
    '127.0.0.1:0',
    '--name',
    'w1',
    '--log',
    ledger,
  )
  await witness.prints('\n')
  const { url, vkey } = JSON.parse(witness.stdout().split('\n')[0] ?? '') as { url: string; vkey: string }
  gateway.configure(
    `roles: { auditor: [engineering] }\nledger: { witnesses: [{ url: '${url}', vkey: ${vkey} }] }`,
  )
  const second = await gateway.start()
  await gateway.signIn()
  await until('it is cosigned', () => /"event":"cosigned"/.test(witness.stdout()))
  await until(
    'the cosignature is served',
    async () => (await audit(gateway.home, 'verify', '--witness', vkey))['exit'] === 0,
  )

  const own = await audit(gateway.home, 'verify', '--witness', vkey)
  t.match(own, { exit: 0, own: true, witnesses: [{ witness: 'w1', size: Number, time: String }] })
  const { size } = await audit(gateway.home, 'verify', '--all', '--witness', vkey)
  t.type(size, 'number')
  const people = gateway.home.sluice('audit', 'verify', '--all', '--witness', vkey)
  t.equal(await people.ended, 0)
  t.match(people.stdout(), /\nWitness {3}it extends the checkpoint of \d+ that w1 cosigned at 20\d\d-\S+Z\n/)
  const other = cosignerOf(generateCosignerKey('w1')).vkey
  t.match(await audit(gateway.home, 'verify', '--all', '--witness', other), {
    exit: 11,
    code: 'ERR_LEDGER_UNANCHORED',
    message: 'There is no checkpoint of this ledger that w1 has cosigned.',
  })
  t.match(await audit(gateway.home, 'verify', '--all', '--witness', ledger), { exit: 2, code: 'ERR_USAGE' })

  await t.test('a copy, by someone who has the two keys and nothing else', async (t) => {
    t.match(await audit(gateway.home, 'export', '--dir', 'copy'), { exit: 0 })
    const stranger = emptyHome(t)
    writeFileSync(join(stranger.folder, 'w1.vkey'), `${vkey}\n`)
    const dir = ['verify', '--dir', join(gateway.home.folder, 'copy'), '--vkey', ledger]
    t.match(await audit(stranger, ...dir), { exit: 11 }, 'without the witness it is unanchored')
    t.match(await audit(stranger, ...dir, '--witness', 'w1.vkey'), {
      exit: 0,
      status: 'verified',
      anchorSource: /^that w1 cosigned at /,
    })
  })

  await t.test('an older copy of the store is noticed by gateway, witness and readers', async (t) => {
    const store = join(gateway.home.folder, 'store')
    second.child.kill('SIGTERM')
    await second.ended
    cpSync(store, `${store}.backup`, { recursive: true })
    const third = await gateway.start()
    // Enough that the restored ledger stays behind what was pinned.
    for (let i = 0; i < 3; i++) await gateway.signInAt(gateway.home)
    const pinned = await audit(gateway.home, 'verify', '--all')
    t.match(pinned, { exit: 0, status: 'verified' })
    const seen = pinned['size'] as number
    await until('all is cosigned', () => new RegExp(`"size":${seen}\\}`).test(witness.stdout()))
    third.child.kill('SIGKILL')
    await third.ended
    rmSync(store, { recursive: true })
    cpSync(`${store}.backup`, store, { recursive: true })
    const fourth = await gateway.start()
    await until('the gateway’s log says so', () =>
      fourth.stderr().includes('ROLLED BACK: the witness has cosigned'),
    )
    // The sign-ins since are gone, too; signing in again makes up for one of their entries.
    await gateway.signIn()
    for (const args of [
      ['verify'],
      ['verify', '--all'],
      ['tail', '--no-follow'],
      ['receipt', '0'],
      ['export', '--dir', 'copy'],
    ])
      t.match(await audit(gateway.home, ...args), { exit: 10, message: /rolled back/ }, args.join(' '))
    const metrics = await (await fetch(`http://127.0.0.1:${gateway.port}/metrics`)).text()
    t.match(metrics, 'sluice_witness_contradicted{witness="w1"} 1')
  })
})
