// Stores that can't be used are refused at the start, with what is wrong and what to do.
import Database from 'better-sqlite3'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/adapters/sql/sqlite/open-database.ts'
import { decision, openTestStore } from '../support/test-store.ts'

/** A store with three entries, closed. */
async function closedStore(t: Test): Promise<string> {
  const folder = join(t.testdir(), 'store')
  const { log, close } = await openTestStore({ folder })
  await log.append([decision({ effect: 'deny' }), decision({ effect: 'deny' }), decision({ effect: 'deny' })])
  await close()
  return folder
}

function change(folder: string, statement: string): void {
  const db = new Database(join(folder, 'sluice.db'))
  db.exec(statement)
  db.close()
}

t.test('a store is for one gateway at a time', async (t) => {
  const folder = t.testdir()
  const first = await openTestStore({ folder })
  await t.rejects(openTestStore({ folder }), {
    code: 'ERR_STORE',
    message:
      process.platform === 'linux'
        ? `Another gateway (pid ${process.pid}) is using the store in ${folder}.`
        : /^Another gateway is using the store in /,
  })
  t.same(await first.log.append([decision({ effect: 'deny' })]), [0], 'the first is unharmed')
  const reader = new Database(join(folder, 'sluice.db'), { readonly: true })
  t.equal(reader.prepare('SELECT count(*) FROM leaf').pluck().get(), 1, 'others may read, for a backup')
  reader.close()
  await first.close()
  await (await openTestStore({ folder })).close()
})

t.test(
  'no file of the store is open to other users, nor stays so',
  { skip: process.platform === 'win32' },
  async (t) => {
    const folder = join(t.testdir(), 'store')
    const files = ['sluice.db', 'sluice.db-wal', 'sluice.db-shm', 'sluice.lock', 'ledger.key']
    const modes = (): number[] => files.map((name) => statSync(join(folder, name)).mode & 0o777)
    const umask = process.umask(0)
    t.teardown(() => process.umask(umask))
    for (const name of ['new', 'open to others']) {
      const store = await openTestStore({ folder })
      await store.log.append([decision({ effect: 'deny' })])
      t.same(modes(), [0o600, 0o600, 0o600, 0o600, 0o600], name)
      await store.close()
      for (const name of ['sluice.db', 'sluice.lock']) chmodSync(join(folder, name), 0o666)
    }
  },
)

t.test('a newer schema is refused, and left as it is', async (t) => {
  const folder = await closedStore(t)
  change(folder, "INSERT INTO migration VALUES (99, '2027-01-01')")
  const before = readFileSync(join(folder, 'sluice.db'))
  await t.rejects(openTestStore({ folder }), {
    code: 'ERR_STORE',
    message: /written by a newer sluice \(schema 99, this one knows 2\)/,
  })
  t.ok(readFileSync(join(folder, 'sluice.db')).equals(before))
})

t.test('a folder whose parent is missing, a file in its place, a file that is no database', async (t) => {
  const parent = t.testdir({
    file: 'text',
    broken: { 'sluice.db': 'not a database at all, but long enough to be looked at'.repeat(20) },
  })
  const refused = { code: 'ERR_STORE', message: /^The store in .* can't be opened: / }
  await t.rejects(openTestStore({ folder: join(parent, 'missing', 'store') }), refused)
  t.notOk(existsSync(join(parent, 'missing')))
  await t.rejects(openTestStore({ folder: join(parent, 'file') }), refused)
  await t.rejects(openTestStore({ folder: join(parent, 'broken') }), { ...refused, message: /SQLITE_NOTADB/ })
})

t.test('a folder that may not be written', async (t) => {
  const folder = join(t.testdir(), 'store')
  mkdirSync(folder)
  chmodSync(folder, 0o555)
  // Nothing is read-only for root.
  const root = process.getuid?.() === 0
  if (root) process.seteuid?.(65534)
  try {
    t.throws(() => openDatabase(folder), {
      code: 'ERR_STORE',
      message: /can't be opened: this user may not write it.* \(EACCES\)/,
    })
  } finally {
    if (root) process.seteuid?.(0)
  }
})

t.test(
  'a folder that others may write is closed to them',
  { skip: process.platform === 'win32' },
  async (t) => {
    const folder = await closedStore(t)
    chmodSync(folder, 0o777)
    await (await openTestStore({ folder })).close()
    t.equal(statSync(folder).mode & 0o777, 0o755)
  },
)

t.test('a clock that does not go with the newest entry, or with any', async (t) => {
  const folder = await closedStore(t)
  const newest = Date.now()
  const open = (now: number, anyClock = false) =>
    openTestStore({ folder, clock: { now: () => now }, anyClock })
  const hour = 3_600_000
  const off: readonly (readonly [now: number, said: RegExp])[] = [
    [newest - hour / 4, /, 15 minutes before the newest entry of the ledger, of 20\d\d-.*Z\.$/],
    [newest - 30 * hour, /, 30 hours before the newest entry/],
    [newest + 500 * 24 * hour, /, 500 days after the newest entry/],
    [12_000, /^This machine's clock says 1970-01-01T00:00:12.000Z\.$/],
    [Date.UTC(2400, 0), /^This machine's clock says 2400-01-01T00:00:00.000Z\.$/],
  ]
  for (const [now, message] of off) {
    await t.rejects(open(now), { code: 'ERR_CLOCK', message })
    await (await open(now, true)).close()
  }
  for (const now of [newest - hour / 15, newest + 300 * 24 * hour]) await (await open(now)).close()
})

t.test('a clock that was accepted is the one that the next start is compared with', async (t) => {
  const folder = join(t.testdir(), 'store')
  const wrong = await openTestStore({ folder })
  await wrong.log.append([decision({ effect: 'deny', time: '2031-01-01T00:00:00.000Z' })])
  await wrong.close()
  const clock = { now: () => Date.now() }
  await t.rejects(openTestStore({ folder, clock, anyClock: false }), { code: 'ERR_CLOCK' })
  const right = await openTestStore({ folder, clock, anyClock: true })
  await right.log.append([decision({ effect: 'deny' })])
  await right.close()
  await (await openTestStore({ folder, clock, anyClock: false })).close()
})

t.test('the signing key: private, and made once', async (t) => {
  const folder = await closedStore(t)
  const key = join(folder, 'ledger.key')
  const text = readFileSync(key, 'utf8')
  t.equal(statSync(key).mode & 0o777, 0o600)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  chmodSync(key, 0o640)
  await t.rejects(openTestStore({ folder }), {
    code: 'ERR_STORE',
    message: /open to other users/,
    nextSteps: [`chmod 600 ${key}`],
  })
  chmodSync(key, 0o600)
  await t.rejects(openTestStore({ folder, origin: 'other.example/ledger' }), {
    code: 'ERR_STORE',
    message: /signs for gw\.example\/ledger, the configuration says other\.example\/ledger/,
  })
  writeFileSync(key, text.slice(0, -10))
  const damaged = await openTestStore({ folder }).catch((error: unknown) => error)
  t.match(damaged, { code: 'ERR_STORE', message: /is damaged/ })
  t.notMatch(String(damaged), text.slice(40, 60))
  rmSync(key)
  await t.rejects(openTestStore({ folder }), { code: 'ERR_STORE', message: /signing key is missing/ })
  t.notOk(existsSync(key), 'no other key takes its place')
})

t.test('a store that was never served is not bound to the address of the first try', async (t) => {
  const folder = join(t.testdir(), 'store')
  await (await openTestStore({ folder, origin: '127.0.0.1:8080/ledger' })).close()
  const moved = await openTestStore({ folder, origin: '127.0.0.1:8090/ledger' })
  t.match(moved.vkey, /^127\.0\.0\.1:8090\/ledger\+/)
  t.match(await moved.log.checkpoint(), /^127\.0\.0\.1:8090\/ledger\n0\n/)
  await moved.log.append([decision({ effect: 'deny' })])
  await moved.close()
  await t.rejects(openTestStore({ folder, origin: '127.0.0.1:8080/ledger' }), {
    code: 'ERR_STORE',
    message: /signs for 127\.0\.0\.1:8090\/ledger, the configuration says 127\.0\.0\.1:8080\/ledger/,
    nextSteps: [/Set public_url back \(or listen, where it follows from that\)/],
  })
  const again = await openTestStore({ folder, origin: '127.0.0.1:8090/ledger' })
  t.equal(again.vkey, moved.vkey, 'with its first entry, it is')
  await again.close()
})

t.test('a ledger that its own checkpoint does not sign', async (t) => {
  const damages = {
    'the last entry is gone': 'DELETE FROM leaf WHERE idx = 2',
    'an entry is there that was never signed': "INSERT INTO leaf VALUES (3, 0, NULL, '{}')",
    'a hash was changed': 'UPDATE tile SET hashes = zeroblob(96)',
    'tiles are gone': 'DELETE FROM tile',
    'the checkpoint is another':
      "UPDATE checkpoint SET note = replace(note, char(10) || '3' || char(10), char(10) || '2' || char(10))",
  }
  for (const [name, statement] of Object.entries(damages)) {
    const folder = await closedStore(t)
    change(folder, statement)
    await t.rejects(
      openTestStore({ folder }),
      { code: 'ERR_LEDGER_INVALID', message: /is not the one that its checkpoint signs/ },
      name,
    )
    rmSync(folder, { recursive: true })
  }
})

t.test('a store of the version before is brought up to date, with everything in it', async (t) => {
  const folder = t.testdir()
  const before = await openTestStore({ folder })
  const running = decision()
  await before.log.append([decision({ effect: 'deny' }), running])
  await before.close()
  // What the first version had.
  const db = new Database(join(folder, 'sluice.db'))
  db.exec(`DELETE FROM migration WHERE version > 1; DROP TABLE gateway;
    ALTER TABLE checkpoint DROP COLUMN fence; ALTER TABLE open_decision DROP COLUMN gateway`)
  db.close()
  const after = await openTestStore({ folder })
  const entries = await after.log.read({ from: 0, below: 1e9, limit: 1e6 })
  t.match(
    entries.map(({ text }) => JSON.parse(text)),
    [
      { effect: 'deny' },
      { exchange: running.exchange },
      { status: 'interrupted', exchange: running.exchange },
    ],
  )
  t.same(await after.log.append([decision({ effect: 'deny' })]), [3])
  await after.close()
})
