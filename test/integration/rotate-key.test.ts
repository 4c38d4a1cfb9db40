// Another key for the ledger, by the real binary: who pinned the former one goes over to it by proof, and only by proof.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stateFile } from '../../src/adapters/client-state/state-file.ts'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import { site, type Site } from '../support/real-gateway.ts'
import { rotated } from '../support/rotated.ts'
import { emptyHome, type Home, type Run } from '../support/sluice.ts'
import { openTestStore } from '../support/test-store.ts'
import { until } from '../support/until.ts'

t.setTimeout(180_000)

const NEW_KEY =
  /New key {3}the ledger’s key is \w{8} since entry \d+; \w{8}, pinned here, signed that it is\n/g

/** Runs the command with --json, and what came of it; `code` is the error's. */
async function told(home: Home, ...args: string[]) {
  const run = home.sluice(...args, '--json')
  const exit = await run.ended
  const said = JSON.parse(run.stdout() || '{}') as { error?: Record<string, unknown> }
  return { exit, stderr: run.stderr(), ...said, ...said.error } as Record<string, unknown>
}

async function set(t: Test) {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  at.configure('roles: { auditor: [engineering] }')
  const gateway = await at.start()
  await at.signIn()
  const state = stateFile(join(at.home.folder, 'sluice'))
  const url = `http://127.0.0.1:${at.port}`
  return {
    at,
    gateway,
    pinned: async () => (await state.load()).gateways[url],
    folder: join(at.home.folder, 'store'),
  }
}

async function stopped(gateway: Run): Promise<void> {
  gateway.child.kill('SIGTERM')
  await gateway.ended
}

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
  const { at, gateway, pinned } = await set(t)
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

t.test('what does not prove that the former key gave way is refused, as before', async (t) => {
  const { at, gateway, pinned, folder } = await set(t)
  t.match(await told(at.home, 'audit', 'verify'), { exit: 0 })
  const origin = `127.0.0.1:${at.port}/ledger`
  const old = signerOf(readFileSync(join(folder, 'ledger.key'), 'utf8'))
  await stopped(gateway)
  t.match(await told(at.home, 'gateway', 'rotate-key'), { exit: 0 })
  const now = signerOf(readFileSync(join(folder, 'ledger.key'), 'utf8'))
  const records = async <T>(
    use: (records: Awaited<ReturnType<typeof openTestStore>>['records']) => Promise<T>,
  ): Promise<T> => {
    const store = await openTestStore({ folder, origin })
    return use(store.records).finally(() => store.close())
  }
  const genuine = await records((kept) => kept.get('key-rotation', 'all'))
  const texts = ['{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}']
  const elsewhere = signerOf(generateSkey('other.example/ledger'))
  const forged: Record<string, [receipts: string[], message: RegExp]> = {
    'none at all': [[], /not signed by .*pinned key/],
    'not signed by the former key': [
      [rotated({ texts, from: old, to: now, signers: [now] }).receipt],
      /is signed by key \w{8}, not by key \w{8}|no rotation/,
    ],
    'of another ledger': [
      [rotated({ texts, from: elsewhere, to: signerOf(generateSkey('other.example/ledger')) }).receipt],
      /not signed by .*pinned key/,
    ],
    'of another history': [
      [rotated({ texts, from: old, to: now }).receipt],
      /at which its key was rotated, does not begin with/,
    ],
    'from before what is pinned': [
      [rotated({ texts: [], from: old, to: now }).receipt],
      /key \w{8} was replaced at 1 entries, and the checkpoint pinned on this machine of \d+ is signed by it/,
    ],
  }
  for (const [name, [receipts, message]] of Object.entries(forged)) {
    await records((kept) => kept.put('key-rotation', 'all', { receipts }))
    const liar = await at.start()
    const commands = [['tail', '--no-follow'], ['verify'], ['receipt', '0'], ['export', '--dir', 'copy']]
    const [tail, ...others] = await Promise.all(commands.map((args) => told(at.home, 'audit', ...args)))
    t.match(tail, { exit: 10, message }, name)
    for (const other of others) t.match(other, { exit: 10 }, name)
    t.equal((await pinned())?.ledger.vkey, old.vkey, 'the pin stays')
    await stopped(liar)
  }
  await records((kept) => kept.put('key-rotation', 'all', genuine ?? null))
  const honest = await at.start()
  t.match(await told(at.home, 'audit', 'verify'), { exit: 0 })
  await stopped(honest)
})

t.test('a rotation that is cut off is begun anew or finished', async (t) => {
  const { at, gateway, folder } = await set(t)
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

t.test('where there is no ledger yet there is no key to rotate', async (t) => {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  t.match(await told(at.home, 'gateway', 'rotate-key'), { exit: 2, message: /no ledger yet/ })
  t.notOk(existsSync(join(at.home.folder, 'store')))
})

t.test(
  'what a witness cosigned before still counts; it cosigns on once it is told the new key',
  async (t) => {
    const { at, gateway } = await set(t)
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
    await until('it cosigns what the new key signed', () => size('--all'))
    t.match(again.witness.stdout(), /"event":"cosigned"/)
    await stopped(third)
  },
)
