// What a store lost, put on record, on both stores: by one transaction, whatever is killed; and what readers make of it.
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { keptReceipts } from '../../src/adapters/sql/kept-receipts.ts'
import type { StorePlace } from '../../src/adapters/sql/messages.ts'
import type { Store } from '../../src/adapters/sql/open-store.ts'
import { openLoss, type OpenLoss } from '../../src/adapters/sql/recover.ts'
import { readCheckpoint } from '../../src/audit/checkpoint.ts'
import { verifyConsistency } from '../../src/audit/merkle.ts'
import { recoveryFor } from '../../src/audit/recovery.ts'
import { recoveriesIn } from '../../src/audit/recovery-receipts.ts'
import { startPostgres } from '../support/postgres.ts'
import { decision, openFaultyStore, ORIGIN } from '../support/test-store.ts'

t.setTimeout(120_000)

interface Kind {
  readonly place: StorePlace
  readonly keyPath: string
  back(): Promise<void>
  restore(): Promise<void>
}

function worker(engine: string): Worker {
  return new Worker(new URL('../../src/assembly/store-worker.ts', import.meta.url), {
    execArgv: [],
    workerData: engine,
  })
}

function opening({ place, keyPath }: Kind, note: string, restored?: number): Promise<OpenLoss> {
  const kept = note === '' ? [] : [{ note, source: 'given' }]
  const wanted = { place, origin: ORIGIN, keyPath, kept, restored, reason: 'backup-restored' } as const
  return openLoss(worker('url' in place ? 'postgres' : 'sqlite'), wanted)
}

async function within<T>({ place }: Kind, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openFaultyStore(place, undefined)
  return use(store).finally(() => store.close())
}

const denied = (count: number) => Array.from({ length: count }, () => decision({ effect: 'deny' }))

function suite(t: Test, kind: Kind): void {
  t.test('the entry names what was lost, and its receipt leads there', async (t) => {
    const open = decision()
    // An exchange was open when the copy was made.
    const early = await within(kind, async ({ log }) => {
      await log.append([...denied(299), open])
      return log.checkpoint()
    })
    await kind.back()
    const late = await within(kind, async ({ log }) => {
      await log.append(denied(399))
      return log.checkpoint()
    })
    await kind.restore()

    const found = await opening(kind, late)
    t.match(found, { restored: 300, stored: { size: 300 }, lost: { size: 700 }, recorded: undefined })
    await found.close()
    const again = await opening(kind, late)
    const recorded = await again.record()
    t.equal(recorded.index, 300, 'before the exchanges that were open are ended')
    await again.close()
    const third = await opening(kind, late)
    t.same(third.recorded, recorded)
    await third.close()

    await within(kind, async ({ log, records, vkey }) => {
      t.match(
        (await log.read({ from: 299, below: 302, limit: 9 })).map(({ text }) => JSON.parse(text) as object),
        [
          open,
          { kind: 'ledger-recovered', restored: 300 },
          { kind: 'outcome', exchange: open.exchange, status: 'interrupted' },
        ],
      )
      const [recovery] = recoveriesIn(await keptReceipts(records, 'ledger-recovery'), [vkey])
      t.match(recovery, { index: 300, restored: 300, lost: { size: 700 }, checkpoint: { size: 301 } })
      t.same(recovery?.lost?.root, readCheckpoint(late)?.root)
      const now = readCheckpoint(await log.checkpoint())
      for (const before of [recovery?.checkpoint, readCheckpoint(early)]) {
        if (!before || !now) throw new Error('no checkpoint')
        const claim = { from: before.size, fromRoot: before.root, to: now.size, toRoot: now.root }
        t.ok(verifyConsistency(claim, await log.consistency(before.size, now.size)))
      }
      t.ok(recoveryFor(recovery ? [recovery] : [], { size: 500, root: new Uint8Array(32) }, undefined))
    })
  })

  t.test('a larger checkpoint that turns up tells of the same loss, from the same entry on', async (t) => {
    await kind.back()
    const notes: string[] = []
    await within(kind, async ({ log }) => {
      for (const count of [30, 20]) {
        await log.append(denied(count))
        notes.push(await log.checkpoint())
      }
    })
    await kind.restore()
    const first = await opening(kind, notes[0] ?? '')
    const { index: at } = await first.record()
    await first.close()
    const second = await opening(kind, notes[1] ?? '')
    t.match(second, { restored: first.restored, lost: { size: first.stored.size + 50 }, recorded: undefined })
    t.equal((await second.record()).index, at + 1)
    await second.close()
  })

  t.test('checkpoints of something else are refused, and nothing is written', async (t) => {
    const before = await within(kind, (store) => store.log.checkpoint())
    const size = readCheckpoint(before)?.size ?? 0
    const says = (message: RegExp) => ({ code: 'ERR_USAGE', message })
    await t.rejects(
      opening(kind, before),
      says(/^Nothing is lost: the ledger extends the checkpoint given\.$/),
    )
    await t.rejects(
      opening(kind, before.replace(`\n${size}\n`, '\n900\n')),
      says(/not signed by this ledger’s key/),
    )
    await t.rejects(opening(kind, '', size + 1), says(/can't be restored/))
    t.equal(await within(kind, (store) => store.log.checkpoint()), before)
  })
}

t.test('SQLite', async (t) => {
  const folder = join(t.testdir(), 'store')
  const kind: Kind = {
    place: { folder },
    keyPath: join(folder, 'ledger.key'),
    async back() {
      cpSync(folder, `${folder}.kept`, { recursive: true })
    },
    async restore() {
      rmSync(folder, { recursive: true })
      cpSync(`${folder}.kept`, folder, { recursive: true })
    },
  }
  suite(t, kind)

  t.test('a store that lacks hashes of what was seen says so', async (t) => {
    await kind.back()
    const early = await within(kind, ({ log }) => log.checkpoint())
    const size = readCheckpoint(early)?.size ?? 0
    await within(kind, ({ log }) => log.append(denied(600)))
    const db = new Database(join(folder, 'sluice.db'))
    db.prepare('DELETE FROM tile WHERE level = 0 AND number = ?').run(Math.floor(size / 256))
    db.close()
    await t.rejects(opening(kind, early), {
      code: 'ERR_STORE',
      message: `The store lacks hashes of its first ${size} entries: whether they are those of a checkpoint can't be told.`,
    })
    await kind.restore()
  })

  t.test('killed before its commit nothing has happened, after it all of it', async (t) => {
    await kind.back()
    const late = await within(kind, async ({ log }) => {
      await log.append(denied(20))
      return log.checkpoint()
    })
    const script = fileURLToPath(new URL('../support/dying-recovery.ts', import.meta.url))
    for (const when of ['before', 'after']) {
      await kind.restore()
      const size = readCheckpoint(await within(kind, ({ log }) => log.checkpoint()))?.size ?? 0
      const child = spawn(process.execPath, [script, folder, when, late], { stdio: 'inherit' })
      t.same(await once(child, 'exit'), [null, 'SIGKILL'])
      const found = await opening(kind, late)
      t.equal(found.recorded?.index, when === 'before' ? undefined : size, when)
      await found.close()
      const told = await within(kind, async ({ log, records, vkey }) => {
        const [entry] = await log.read({ from: size, below: size + 1, limit: 1 })
        const receipts = recoveriesIn(await keptReceipts(records, 'ledger-recovery'), [vkey])
        return [entry?.text.includes('ledger-recovered'), receipts.some(({ index }) => index === size)]
      })
      t.same(told, when === 'before' ? [undefined, false] : [true, true])
    }
  })
})

t.test('PostgreSQL', async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const url = await server.database()
  const name = new URL(url).pathname.slice(1)
  const keyPath = join(t.testdir(), 'keys', 'ledger.key')
  mkdirSync(join(keyPath, '..'))
  const away = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`
  const copy = async (from: string, to: string) => {
    await server.run(`DROP DATABASE IF EXISTS ${to} WITH (FORCE)`)
    await server.run(away)
    await server.run(`CREATE DATABASE ${to} TEMPLATE ${from}`)
  }
  const kind: Kind = {
    place: { url, keyPath },
    keyPath,
    back: () => copy(name, 'kept'),
    restore: () => copy('kept', name),
  }
  suite(t, kind)

  t.test('what another goes on with meanwhile is never contradicted by a receipt', async (t) => {
    await kind.back()
    const late = await within(kind, async ({ log }) => {
      await log.append(denied(20))
      return log.checkpoint()
    })
    await kind.restore()
    const asked = await opening(kind, late)
    const others = [await opening(kind, late), await opening(kind, late)]
    const told = await Promise.allSettled(others.map((other) => other.record()))
    t.same(told.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await Promise.all(others.map((other) => other.close()))
    await t.rejects(asked.record(), { code: 'ERR_STORE', message: /gone on with the ledger meanwhile/i })
    await asked.close()

    await within(kind, async ({ log, records, vkey }) => {
      const now = readCheckpoint(await log.checkpoint())
      if (!now) throw new Error('no checkpoint')
      const receipts = await keptReceipts(records, 'ledger-recovery')
      for (const { checkpoint, index } of recoveriesIn(receipts, [vkey])) {
        const [entry] = await log.read({ from: index, below: index + 1, limit: 1 })
        t.match(entry?.text, /ledger-recovered/)
        const claim = { from: checkpoint.size, fromRoot: checkpoint.root, to: now.size, toRoot: now.root }
        t.ok(verifyConsistency(claim, await log.consistency(checkpoint.size, now.size)), `entry ${index}`)
      }
    })
  })
})
