// What every store promises when commits fail: each operation, where nothing was persisted and where everything was,
// before the fence and after it. Nothing acknowledged is missing, nothing is there twice, and it goes on.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { Store } from '../../src/adapters/sql/open-store.ts'
import { removeLatch } from '../../src/adapters/sql/latch-file.ts'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { Frontier, leafHash } from '../../src/audit/merkle.ts'
import { verifierOf } from '../../src/audit/note.ts'
import type { Fault } from '../faults/faulty-store-worker.ts'
import { decision, outcomeOf } from '../support/test-store.ts'
import { until } from '../support/until.ts'

export interface FaultyStores {
  /** Opens the store of a folder, with the faults that are to come, or none. */
  open(folder: string, fault?: Omit<Fault, 'engine'>): Promise<Store>
  /** Runs statements behind the back of whoever has the store open. */
  change(folder: string, sql: string): Promise<void>
  keyPath(folder: string): string
  /** How many commits the opening of a store has that was left with an exchange without its outcome. */
  readonly openingCommits: number
}

const everything = { from: 0, below: 1e9, limit: 1e6 }
const denied = () => decision({ effect: 'deny' })

/** Each is the third commit: the first opens the store, the second is what is there before. */
const OPERATIONS: Record<string, (store: Store) => Promise<unknown>> = {
  append: ({ log }) => log.append([denied(), denied()]),
  'append and records at once': (store) =>
    Promise.all([store.log.append([denied(), denied()]), store.records.put('token', 'c', 3)]),
  put: ({ records }) => records.put('token', 'a', 2, { group: 'h' }),
  remove: ({ records }) => records.remove('token', 'a'),
  removeGroup: ({ records }) => records.removeGroup('g'),
}
/** What `token a` and the number of entries are afterwards. */
const AFTER: Record<string, readonly [record: unknown, entries: number]> = {
  append: [1, 3],
  'append and records at once': [1, 3],
  put: [2, 1],
  remove: [undefined, 1],
  removeGroup: [undefined, 1],
}

export function faultTable(name: string, stores: FaultyStores): void {
  for (const [operation, operate] of Object.entries(OPERATIONS)) {
    for (const when of ['before', 'after'] as const) {
      for (const [fence, at] of [
        ['before', [3]],
        ['after', [3, 4]],
      ] as const) {
        const persisted = when === 'after' ? 'but persisted' : 'and not persisted'
        t.test(`${name}: ${operation} that fails ${persisted}, ${fence} the fence`, async (t) => {
          const folder = t.testdir()
          const store = await stores.open(folder, { at, when })
          const before = denied()
          await Promise.all([store.log.append([before]), store.records.put('token', 'a', 1, { group: 'g' })])
          await operate(store)
          const [record, entries] = AFTER[operation] ?? []
          t.equal(await store.records.get('token', 'a'), record)
          t.equal(store.log.writable, true)
          t.same(await store.log.append([denied()]), [entries], 'no gap, no double')
          await store.close()
          await sound(t, stores, folder, entries as number, JSON.stringify(before))
          if (operation.includes('records')) await holds(t, stores, folder, 'c', 3)
        })
      }
    }
  }

  for (const when of ['before', 'after'] as const) {
    const persisted = when === 'after' ? 'but persisted' : 'and not persisted'
    for (let at = 1; at <= stores.openingCommits; at++) {
      const which = at === 1 ? 'at the fence' : 'after the fence'
      t.test(`${name}: an opening that fails ${persisted}, ${which}`, async (t) => {
        const folder = t.testdir()
        const [running, before] = [decision(), denied()]
        const first = await stores.open(folder)
        await first.log.append([before, running])
        await first.close()
        await t.rejects(stores.open(folder, { at: [at], when }), { code: 'ERR_STORE' })
        const next = await stores.open(folder)
        const found = (await next.log.read(everything)).map(({ text }) => JSON.parse(text))
        t.match(found[2], { kind: 'outcome', status: 'interrupted', exchange: running.exchange })
        t.same(await next.log.append([denied()]), [3], 'ended once')
        await next.close()
        await sound(t, stores, folder, 3, JSON.stringify(before))
      })
    }

    t.test(`${name}: what is read while an append that failed ${persisted} is not found out`, async (t) => {
      const folder = t.testdir()
      const store = await stores.open(folder, { at: [3, 4, 5, 6, 7], when })
      t.teardown(() => store.close())
      await store.log.append([denied(), denied()])
      const unknown = store.log.append([denied()])
      await until('its fate is not known', () => !store.log.writable)
      t.ok((await isConsistent(t, store)) >= 2, 'what was acknowledged is there')
      t.equal(store.log.writable, false, 'it was read meanwhile')
      t.same(await unknown, [2])
      t.equal(await isConsistent(t, store), 3)
    })
  }

  const readings: Record<string, (store: Store) => Promise<unknown>> = {
    leaf: ({ log }: Store) => log.read(everything),
    tile: ({ log }: Store) => log.tile(0, 0),
    record: ({ records }: Store) => records.get('token', 'a'),
  }
  for (const [table, read] of Object.entries(readings)) {
    t.test(`${name}: a reading of ${table} that fails is told so, and the next one is not`, async (t) => {
      const folder = t.testdir()
      const store = await stores.open(folder)
      t.teardown(() => store.close())
      await Promise.all([store.log.append([denied()]), store.records.put('token', 'a', 1)])
      const there = await read(store)
      await stores.change(folder, `ALTER TABLE ${table} RENAME TO away`)
      await t.rejects(read(store), { code: 'ERR_STORE', message: /^The store can't answer: / })
      await stores.change(folder, `ALTER TABLE away RENAME TO ${table}`)
      t.same(await read(store), there)
      t.same(await store.log.append([denied()]), [1])
      t.equal(await isConsistent(t, store), 2)
    })
  }

  t.test(`${name}: a batch that fails whatever is done is refused, and others go on`, async (t) => {
    const folder = t.testdir()
    const store = await stores.open(folder, { at: [3, 5, 7], when: 'before' })
    await store.log.append([denied()])
    await t.rejects(store.log.append([denied()]), { code: 'ERR_LEDGER_UNAVAILABLE' })
    t.same(await store.log.append([denied()]), [1])
    t.equal(store.log.writable, true)
    await store.close()
  })

  t.test(
    `${name}: while a batch's fate is not known nothing is accepted; what could not end is ended`,
    async (t) => {
      const folder = t.testdir()
      const store = await stores.open(folder, { at: [3, 4, 5, 6], when: 'before' })
      t.teardown(() => store.close())
      const [running, other] = [decision(), decision()]
      await store.log.append([running, other])
      const heard: number[] = []
      store.log.onCommit((size) => heard.push(size))
      const unknown = store.log.append([denied()])
      await until('its fate is not known', () => !store.log.writable)
      t.same(heard, [], 'nothing is told that is not known')
      await t.rejects(store.log.append([outcomeOf(running)]), { code: 'ERR_LEDGER_UNAVAILABLE', status: 503 })
      await t.rejects(store.records.put('token', 'a', 1), { code: 'ERR_STORE' })
      t.same(await unknown, [2])
      await until('the exchange is ended', async () => (await store.log.read(everything)).length === 4)
      const [ended] = (await store.log.read({ ...everything, from: 3 })).map(({ text }) => JSON.parse(text))
      t.match(ended, { kind: 'outcome', status: 'interrupted', exchange: running.exchange })
      t.same(await store.log.append([outcomeOf(other)]), [4], 'the other one ends as it does')
    },
  )

  t.test(
    `${name}: whoever waits for a fate that stays unknown is refused, and the exchange is ended later`,
    async (t) => {
      const folder = t.testdir()
      const long = Array.from({ length: 24 }, (_, at) => 3 + at)
      const store = await stores.open(folder, { at: long, when: 'after' })
      t.teardown(() => store.close())
      await store.log.append([denied()])
      const unknown = decision()
      await t.rejects(store.log.append([unknown]), { code: 'ERR_LEDGER_UNAVAILABLE' })
      t.equal(store.log.writable, false)
      await until('it goes on', () => store.log.writable)
      await until('the exchange is ended', async () => (await store.log.read(everything)).length === 3)
      const [there, ended] = (await store.log.read({ ...everything, from: 1 })).map(({ text }) =>
        JSON.parse(text),
      )
      t.match(
        [there, ended],
        [{ exchange: unknown.exchange }, { exchange: unknown.exchange, status: 'interrupted' }],
      )
      t.same(await store.log.append([denied()]), [3])
    },
  )

  t.test(
    `${name}: a store that went back behind what was acknowledged latches, also the next start`,
    async (t) => {
      const folder = t.testdir()
      const first = await stores.open(folder)
      await first.log.append([denied(), denied()])
      await first.close()
      const tables = ['leaf', 'tile', 'checkpoint', 'open_decision']
      await stores.change(
        folder,
        tables.map((table) => `CREATE TABLE old_${table} AS SELECT * FROM ${table};`).join(''),
      )
      const second = await stores.open(folder)
      t.same(await second.log.append([denied(), denied(), denied()]), [2, 3, 4])
      const restore = (table: string) =>
        `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM old_${table};`
      await stores.change(folder, `BEGIN; ${tables.map(restore).join('')} COMMIT`)
      await t.rejects(second.log.append([denied()]), {
        code: 'ERR_LEDGER_UNAVAILABLE',
        message: /it holds 2 entries, but 5 were acknowledged/,
      })
      t.equal(second.log.writable, false)
      await t.rejects(second.log.append([denied()]), { code: 'ERR_LEDGER_UNAVAILABLE' })
      await second.close()
      await t.rejects(stores.open(folder), {
        code: 'ERR_STORE',
        message: /^The ledger is latched since .*: it holds 2 entries, but 5 were acknowledged\.$/,
        nextSteps: [/sluice gateway unlatch/],
      })
      removeLatch(stores.keyPath(folder))
      const third = await stores.open(folder)
      t.same(await third.log.append([denied()]), [2])
      await third.close()
    },
  )

  t.test(`${name}: a latch that can't be kept holds as long as the gateway runs`, async (t) => {
    const folder = t.testdir()
    const store = await stores.open(folder)
    await store.log.append([denied(), denied()])
    await stores.change(
      folder,
      "UPDATE checkpoint SET fence = fence + 1, note = replace(note, '/ledger', '/other')",
    )
    mkdirSync(join(dirname(stores.keyPath(folder)), 'ledger.latch.new'), { recursive: true })
    const refused = { code: 'ERR_LEDGER_UNAVAILABLE', message: /could not be kept beside its key \(\w+\)/ }
    await t.rejects(store.log.append([denied()]), refused)
    t.equal(store.log.writable, false)
    await t.rejects(store.log.append([denied()]), refused)
    t.equal((await store.log.read(everything)).length, 2, 'it is still read')
    await store.close()
  })
}

/** The store as another start finds it: its entries are those that were acknowledged, under a checkpoint that signs them. */
async function sound(t: Test, stores: FaultyStores, folder: string, entries: number, first: string) {
  const { log, vkey, close } = await stores.open(folder)
  const found = await log.read(everything)
  t.equal(found.length, entries + 1)
  t.equal(found[0]?.text, first)
  t.equal(new Set(found.map(({ text }) => text)).size, found.length, 'nothing is there twice')
  const tree = new Frontier()
  for (const { text } of found) tree.append(leafHash(text))
  t.same(openCheckpoint(await log.checkpoint(), verifierOf(vkey))?.root, tree.root())
  await close()
}

/** Checkpoint, entries and tile that the open store tells are of one tree; its size. */
async function isConsistent(t: Test, { log, vkey }: Store): Promise<number> {
  const checkpoint = openCheckpoint(await log.checkpoint(), verifierOf(vkey))
  const size = checkpoint?.size ?? 0
  const leaves = (await log.read({ ...everything, below: size })).map(({ text }) => leafHash(text))
  const tree = new Frontier()
  for (const leaf of leaves) tree.append(leaf)
  t.same(checkpoint?.root, tree.root())
  const tile = await log.tile(0, 0)
  t.same(Buffer.from(tile).subarray(0, size * 32), Buffer.concat(leaves))
  return size
}

async function holds(t: Test, stores: FaultyStores, folder: string, key: string, value: unknown) {
  const { records, close } = await stores.open(folder)
  t.equal(await records.get('token', key), value)
  await close()
}
