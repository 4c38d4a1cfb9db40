// Another key for the ledger, by the real binary: cut off in the midst of it, and beside a witness that knows the former one.
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import { stopped, told } from '../support/restorable-site.ts'
import { rotationSite } from '../support/rotation-site.ts'
import { emptyHome } from '../support/sluice.ts'
import { until } from '../support/until.ts'

t.setTimeout(180_000)

t.test('a rotation that is cut off is begun anew or finished', async (t) => {
  const { at, gateway, folder } = await rotationSite(t)
  await stopped(gateway)
  const [key, next] = [join(folder, 'ledger.key'), join(folder, 'ledger.key.next')]
  const old = readFileSync(key, 'utf8')
  const origin = `127.0.0.1:${at.port}/ledger`
  writeFileSync(next, `${generateSkey(origin)}\n`, { mode: 0o600 })
  const planned = signerOf(readFileSync(next, 'utf8')).vkey

  const unmoved = await at.start()
  t.match(unmoved.stdout(), `Ledger    ${signerOf(old).vkey}\n`, 'nothing was signed: the old key goes on')
  await stopped(unmoved)
  t.match(await told(at.home, 'gateway', 'rotate-key'), { exit: 0, ledger: planned })

  const between = () => {
    renameSync(key, next)
    writeFileSync(key, old, { mode: 0o600 })
  }
  between()
  const finished = await told(at.home, 'gateway', 'rotate-key')
  t.match(finished, { exit: 0, ledger: planned, before: undefined })
  between()
  const store = join(at.home.folder, 'store')
  cpSync(store, `${store}.cut`, { recursive: true })
  rmSync(next)
  const behind = at.home.sluice('gateway', 'start')
  t.equal(await behind.ended, 74)
  t.match(
    behind.stderr(),
    /signing key was rotated: key \w{8} has replaced key \w{8}, which this gateway has/,
  )
  rmSync(store, { recursive: true })
  cpSync(`${store}.cut`, store, { recursive: true })
  const started = await at.start()
  t.match(started.stdout(), `Ledger    ${planned}\n`, 'the start finishes it')
  t.match(await told(at.home, 'audit', 'verify', '--all'), { exit: 11, status: 'consistent, unanchored' })
  await stopped(started)
  t.match(
    (await at.entries()).filter(({ kind }) => kind === 'key-rotated'),
    [{ to: planned }],
    'once',
  )
})

t.test(
  'what a witness cosigned before still counts; it cosigns on once it is told the new key',
  async (t) => {
    const { at, gateway } = await rotationSite(t)
    const old = /Ledger {4}(\S+)/.exec(gateway.stdout())?.[1] ?? ''
    await stopped(gateway)
    const elsewhere = emptyHome(t)
    const watch = async (port: number, ...logs: string[]) => {
      const flags = ['--json', '--listen', `127.0.0.1:${port}`, '--name', 'w1']
      const witness = elsewhere.sluice('audit', 'witness', ...flags, ...logs.flatMap((log) => ['--log', log]))
      await witness.prints('\n')
      const [first = ''] = witness.stdout().split('\n')
      return { witness, ...(JSON.parse(first) as { url: string; vkey: string }) }
    }
    const { witness, url, vkey } = await watch(0, old)
    at.configure(
      `roles: { auditor: [engineering] }\nledger: { witnesses: [{ url: '${url}', vkey: ${vkey} }] }`,
    )
    const verified = async (...args: string[]) => told(at.home, 'audit', 'verify', ...args, '--witness', vkey)
    const second = await at.start()
    // A command is dear: only where there is something to see.
    await until('it is asked', () => witness.stdout().includes('"event":"cosigned"'))
    await until('it cosigns', async () => (await verified())['exit'] === 0)
    await stopped(second)
    const { ledger } = await told(at.home, 'gateway', 'rotate-key')
    const third = await at.start()
    await until('it refuses the new key', () => third.stderr().includes('the witness does not cosign'))
    for (const args of [[], ['--all']]) {
      const before = await verified(...args)
      t.match(before, { exit: 0, witnesses: [{ witness: 'w1' }] }, 'by what it cosigned under the former key')
    }
    witness.child.kill('SIGTERM')
    await witness.ended
    const again = await watch(Number(new URL(url).port), old, ledger as string)
    const size = async (...args: string[]) => {
      const { size, witnesses = [] } = await verified(...args)
      return (witnesses as { size: number }[])[0]?.size === size
    }
    await until('it is asked again', () => again.witness.stdout().includes('"event":"cosigned"'))
    await until('it cosigns what the new key signed', () => size('--all'))
    await stopped(third)
  },
)
