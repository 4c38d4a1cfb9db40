// `sluice audit verify`, `export` and `receipt`, by the real binary, against the gateway's ledger on a real store.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stateFile } from '../../src/adapters/client-state/state-file.ts'
import { withGateway } from '../../src/login/client-state.ts'
import { startAuditGateway } from '../support/audit-gateway.ts'
import { emptyHome, signedInHome, type Home } from '../support/sluice.ts'
import { decision, GRACE, openTestStore, outcomeOf } from '../support/test-store.ts'
import { verifierKey } from '../support/verifier-key.ts'

t.setTimeout(120_000)

async function setUp(t: Test, entries = 300) {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  const gateway = await startAuditGateway(store.log)
  t.teardown(async () => {
    await gateway.stop()
    await store.close()
  })
  const append = (count: number, subject?: string) =>
    store.log.append(
      Array.from({ length: count }, () => decision({ effect: 'deny', ...(subject && { subject }) })),
    )
  await append(entries)
  const homeWith = async (token: string) => {
    const home = await signedInHome(t, gateway.url, {}, token)
    const state = stateFile(join(home.folder, 'sluice'))
    await state.update((now) =>
      withGateway(now, gateway.url, { ledger: { origin: 'gw.example/ledger', vkey: store.vkey } }),
    )
    return { home, pin: async () => (await state.load()).gateways[gateway.url]?.pin }
  }
  return { ...store, append, gateway, auditor: await homeWith('auditor'), developer: () => homeWith('at_1') }
}

/** Runs it, with --json, and what came of it; `code` is the error's. */
async function asked(home: Home, ...args: string[]) {
  const run = home.sluice('audit', ...args, '--json')
  const exit = await run.ended
  const told = JSON.parse(run.stdout()) as { error?: Record<string, unknown> }
  return { exit, stderr: run.stderr(), ...told, ...told.error } as Record<string, unknown>
}

t.test('the whole ledger: unanchored at first, then held against what was pinned', async (t) => {
  const { auditor, append, log, vkey } = await setUp(t)
  const { home, pin } = auditor
  const first = await asked(home, 'verify', '--all')
  t.match(first, { exit: 11, code: 'ERR_LEDGER_UNANCHORED', status: 'consistent, unanchored', size: 300 })
  t.equal(await pin(), await log.checkpoint(), 'what was seen is pinned')
  await append(30)
  t.match(await asked(home, 'verify', '--all'), {
    exit: 0,
    status: 'verified',
    origin: 'gw.example/ledger',
    size: 330,
    from: 0,
    entries: 330,
    anchorSize: 300,
    anchorSource: 'pinned on this machine',
  })
  const people = home.sluice('audit', 'verify', '--all')
  t.equal(await people.ended, 0)
  t.equal(
    people.stdout(),
    `Verified  330 entries of gw.example/ledger; the checkpoint of 330 is signed and covers them all
Anchor    it is the checkpoint pinned on this machine
`,
  )
  t.equal(people.stderr(), '')
  const other = verifierKey('gw.example/ledger')
  t.match(await asked(home, 'verify', '--all', '--vkey', other), { exit: 10, fault: 'other-key' })
  t.match(await asked(home, 'verify', '--all', '--vkey', vkey), { exit: 0 })
})

t.test('since a time: the entries before it are covered by their hashes', async (t) => {
  const { auditor, log } = await setUp(t, 0)
  const at = (hour: number) => `2026-11-23T${String(hour).padStart(2, '0')}:00:00.000Z`
  for (const hour of [8, 10, 12]) {
    await log.append(Array.from({ length: 600 }, () => decision({ effect: 'deny', time: at(hour) })))
  }
  await asked(auditor.home, 'verify', '--all')
  const since = await asked(auditor.home, 'verify', '--all', '--since', at(11))
  t.match(since, { exit: 0, from: 1024, entries: 776, size: 1800 })
  t.match(await asked(auditor.home, 'verify', '--all', '--since', at(9)), { exit: 0, from: 512 })
  t.match(await asked(auditor.home, 'verify', '--all', '--since', at(13)), { exit: 0, from: 1792 })
})

t.test('a session: its entries, and whether each decision has its outcome', async (t) => {
  const { auditor, developer, append, log } = await setUp(t)
  const session = 'ses_1111111111111111111111'
  const [done, running] = [decision({ session }), decision({ session })]
  await log.append([done])
  await append(280)
  await log.append([outcomeOf(done), running])
  await asked(auditor.home, 'verify', '--all')
  const told = await asked(auditor.home, 'verify', '--all', '--session', session)
  t.match(told, {
    exit: 0,
    session: {
      id: session,
      entries: [300, 581, 582],
      withoutOutcome: [running.exchange],
      isClosed: false,
      complete: 'none is left out',
    },
  })
  t.match(await asked(auditor.home, 'verify', '--all', '--session', 'ses_0'), {
    exit: 6,
    code: 'ERR_NOT_FOUND',
    nextSteps: [/^sluice audit tail --no-follow --json/],
  })
  const { home } = await developer()
  const own = await asked(home, 'verify', '--session', session)
  t.match(own, {
    exit: 0,
    own: true,
    entries: 3,
    size: 583,
    session: { complete: /only be proved to an auditor/ },
  })
})

t.test('without the role: one’s own entries, and no more', async (t) => {
  const { developer, append } = await setUp(t, 5)
  await append(4, GRACE)
  const { home } = await developer()
  t.match(await asked(home, 'verify'), { exit: 0, own: true, entries: 5, size: 9 })
  t.match(await asked(home, 'verify', '--all'), { exit: 5, code: 'ERR_FORBIDDEN' })
  t.match(await asked(home, 'export', '--dir', 'copy'), { exit: 5, code: 'ERR_FORBIDDEN' })
})

t.test(
  'a copy verifies without the gateway, goes on from where it was, and shows what was done to it',
  async (t) => {
    const { auditor, append, gateway, log, vkey } = await setUp(t, 600)
    const { home } = auditor
    const copy = join(home.folder, 'copy')
    const first = await log.checkpoint()
    t.match(await asked(home, 'export', '--dir', 'copy'), {
      exit: 0,
      folder: 'copy',
      size: 600,
      entries: 600,
    })
    await append(200)
    t.match(await asked(home, 'export', '--dir', 'copy'), { exit: 0, size: 800, anchorSize: 600 })
    t.equal(readFileSync(join(copy, 'checkpoint'), 'utf8'), await log.checkpoint())
    t.same(
      readdirSync(copy, { recursive: true }).filter((path) => String(path).endsWith('.tmp')),
      [],
    )
    await gateway.stop()
    t.match(await asked(home, 'verify', '--dir', 'copy'), { exit: 0, anchorSource: 'pinned on this machine' })

    const stranger = emptyHome(t)
    const dir = ['verify', '--dir', copy]
    t.match(await asked(stranger, ...dir), {
      exit: 11,
      isSigned: false,
      nextSteps: [/--vkey/, /--checkpoint/],
    })
    t.match(await asked(stranger, ...dir, '--vkey', vkey), {
      exit: 11,
      isSigned: true,
      nextSteps: [/--checkpoint/],
    })
    writeFileSync(join(stranger.folder, 'seen'), first)
    writeFileSync(join(stranger.folder, 'vkey'), `${vkey}\n`)
    t.match(await asked(stranger, ...dir, '--checkpoint', 'seen'), { exit: 11, anchorSize: 600 })
    const anchored = [...dir, '--vkey', 'vkey', '--checkpoint', 'seen']
    t.match(await asked(stranger, ...anchored), { exit: 0, anchorSize: 600, anchorSource: 'in seen' })

    const bundle = join(copy, 'tile/entries/001')
    const bytes = readFileSync(bundle)
    const at = bytes.indexOf('engineers', bytes.length / 2)
    bytes[at] = 'E'.charCodeAt(0)
    writeFileSync(bundle, bytes)
    const changed = await asked(stranger, ...anchored)
    t.match(changed, { exit: 10, code: 'ERR_LEDGER_INVALID', fault: 'changed' })
    t.match(
      changed['message'],
      /^The ledger does not verify: entry (3[5-9]\d|4\d\d) is not the one that was signed\.$/,
    )
    rmSync(bundle)
    t.match(await asked(stranger, ...anchored), { exit: 10, fault: 'missing', entry: 256 })
    t.match(await asked(stranger, 'verify', '--dir', '.'), { exit: 10, fault: 'checkpoint' })
    t.match(await asked(stranger, ...dir, '--vkey', 'seen'), { exit: 2, code: 'ERR_USAGE' })
  },
)

t.test('a receipt verifies alone', async (t) => {
  const { auditor, developer, append, log, vkey } = await setUp(t, 300)
  await append(1, GRACE)
  const { home } = await developer()
  t.match(await asked(home, 'receipt', '41'), { exit: 0, entry: 41, file: 'entry-41.tlog-proof' })
  t.match(await asked(home, 'receipt', '41'), { exit: 2, code: 'ERR_USAGE' }, 'it is not overwritten')
  const notYours = (entry: number) => ({
    exit: 6,
    code: 'ERR_NOT_FOUND',
    message: `There is no entry ${entry} of yours on record.`,
    nextSteps: [/^sluice audit tail/, /auditors/],
  })
  t.match(await asked(home, 'receipt', '300'), notYours(300), 'another’s')
  t.match(await asked(home, 'receipt', '301'), notYours(301), 'not there yet: the same words')
  t.match(await asked(auditor.home, 'receipt', '300'), { exit: 0 })
  const receipt = readFileSync(join(home.folder, 'entry-41.tlog-proof'), 'utf8')
  t.match(
    receipt,
    /^c2sp\.org\/tlog-proof@v1\nextra [\w+/=]+\nindex 41\n(?:[\w+/=]{44}\n){9}\ngw\.example\/ledger\n301\n/,
  )

  const stranger = emptyHome(t)
  const path = join(stranger.folder, 'r')
  writeFileSync(path, receipt)
  const [entry] = await log.read({ from: 41, below: 42, limit: 1 })
  t.match(await asked(stranger, 'verify', '--receipt', 'r', '--vkey', vkey), {
    exit: 0,
    index: 41,
    size: 301,
    entry: JSON.parse(entry?.text ?? '') as object,
  })
  t.match(await asked(stranger, 'verify', '--receipt', 'r'), { exit: 11, code: 'ERR_LEDGER_UNANCHORED' })
  t.match(await asked(stranger, 'verify', '--receipt', 'r', '--vkey', verifierKey('gw.example/ledger')), {
    exit: 10,
    fault: 'other-key',
  })
  writeFileSync(path, receipt.replace('index 41', 'index 40'))
  t.match(await asked(stranger, 'verify', '--receipt', 'r', '--vkey', vkey), { exit: 10, fault: 'changed' })
  writeFileSync(path, receipt.replace('\n301\n', '\n302\n'))
  t.match(await asked(stranger, 'verify', '--receipt', 'r', '--vkey', vkey), {
    exit: 10,
    fault: 'checkpoint',
  })
  writeFileSync(path, 'no receipt')
  t.match(await asked(stranger, 'verify', '--receipt', 'r', '--vkey', vkey), { exit: 2 })
})
