// One version after another on one store: where gateways share it, the older one goes on while the newer one brings the
// schema up to date beside it; where they can't, the newer one is refused until the older one has gone.
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import type { StorePlace } from '../../src/adapters/sql/messages.ts'
import { openStore, type Store } from '../../src/adapters/sql/open-store.ts'
import { connect, disconnect } from '../../src/adapters/sql/postgres/connect.ts'
import { beginTurn } from '../../src/adapters/sql/postgres/statements.ts'
import { MIGRATIONS } from '../../src/adapters/sql/tables.ts'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { Frontier, leafHash } from '../../src/audit/merkle.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { postgresFolders } from '../support/postgres-folders.ts'
import { decision, openFaultyStore, ORIGIN, outcomeOf } from '../support/test-store.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)

const { server, place } = await postgresFolders()
const newest = MIGRATIONS.length + 1
const byNewer = new RegExp(
  `was written by a newer sluice \\(schema ${newest}, this one knows ${newest - 1}\\)`,
)

const older = (at: StorePlace) => openFaultyStore(at, undefined)
function newer(at: StorePlace): Promise<Store> {
  const module = new URL('../support/newer-store-worker.ts', import.meta.url)
  const workerData = 'url' in at ? 'postgres' : 'sqlite'
  return openStore(new Worker(module, { execArgv: [], workerData }), { place: at, origin: ORIGIN })
}

/** Callers of a store, who ask again and again, until they are told to stop. */
class Callers {
  /** Exchange by index of its decision. */
  readonly acknowledged = new Map<number, string>()
  readonly failed: unknown[] = []
  private readonly done: Promise<unknown>
  private stopped = false

  constructor({ log }: Store, count: number) {
    const ask = async () => {
      while (!this.stopped) {
        const entry = decision()
        try {
          const [index = -1] = await log.append([entry])
          this.acknowledged.set(index, entry.exchange)
          await log.append([outcomeOf(entry)])
        } catch (thrown) {
          this.failed.push(thrown)
          return
        }
      }
    }
    this.done = Promise.all(Array.from({ length: count }, ask))
  }

  async stop(): Promise<void> {
    this.stopped = true
    await this.done
  }
}

/** Everything that callers were told is there, once, in the tree that the checkpoint signs. */
async function isWhole(t: Test, { log, vkey }: Store, callers: readonly Callers[]): Promise<void> {
  const entries = await log.read({ from: 0, below: 1e9, limit: 1e6 })
  t.same(
    entries.map(({ index }) => index).filter((index, at) => index !== at),
    [],
    'no gap',
  )
  const told = entries.map(({ text }) => JSON.parse(text) as { exchange: string; kind: string })
  for (const { acknowledged, failed } of callers) {
    t.same(failed, [], 'nobody was refused')
    t.same(
      [...acknowledged].filter(([index, exchange]) => told[index]?.exchange !== exchange),
      [],
    )
  }
  for (const kind of ['decision', 'outcome'])
    t.equal(
      told.filter((entry) => entry.kind === kind).length * 2,
      told.length,
      'each exchange has its outcome',
    )
  t.equal(new Set(entries.map(({ text }) => text)).size, entries.length, 'none twice')
  const tree = new Frontier()
  for (const { text } of entries) tree.append(leafHash(text))
  t.same(openCheckpoint(await log.checkpoint(), verifierOf(vkey))?.root, tree.root())
}

t.test(
  'PostgreSQL: the older gateway goes on under load while the newer one comes, and beside it',
  async (t) => {
    const at = await place(t.testdir())
    const before = await older(at)
    const first = new Callers(before, 64)
    await until('the older one is at work', () => first.acknowledged.size > 100)

    const after = await newer(at)
    const second = new Callers(after, 64)
    const reached = first.acknowledged.size
    await until('both go on', () => second.acknowledged.size > 200 && first.acknowledged.size > reached + 200)
    await t.rejects(older(at), { code: 'ERR_STORE', message: byNewer, nextSteps: [/a newer one/] })
    await Promise.all([first.stop(), second.stop()])
    const [{ version } = {}] = await server.run(
      'SELECT max(version) AS version FROM migration',
      databaseOf(at),
    )
    t.equal(version, newest)
    await before.close()
    await isWhole(t, after, [first, second])
    await after.close()
  },
)

t.test('PostgreSQL: the newer one waits for the end of a turn, in whose midst it comes', async (t) => {
  const at = await place(t.testdir())
  await (await older(at)).close()
  const turn = await connect(at.url)
  t.teardown(() => disconnect(turn))
  await turn.query(beginTurn('gw_test'))
  const coming = newer(at)
  await until('it waits', async () => (await server.run('SELECT FROM pg_locks WHERE NOT granted')).length > 0)
  await turn.query('UPDATE tile SET hashes = hashes; UPDATE checkpoint SET fence = fence; COMMIT')
  await (await coming).close()
})

t.test('PostgreSQL: what an older gateway left undone when it was gone, the newer one ends', async (t) => {
  const at = await place(t.testdir())
  const before = await older(at)
  const running = decision()
  await before.log.append([running])
  await before.close()
  const after = await newer(at)
  const entries = await after.log.read({ from: 0, below: 9, limit: 9 })
  t.match(JSON.parse(entries[1]?.text ?? '{}'), { status: 'interrupted', exchange: running.exchange })
  await after.close()
})

t.test('PostgreSQL: a store of the version before, with everything in it', async (t) => {
  const at = await place(t.testdir())
  const before = await older(at)
  const callers = new Callers(before, 8)
  await until('there is something in it', () => callers.acknowledged.size > 100)
  await callers.stop()
  await before.close()
  // What the first version had.
  const first = `DELETE FROM migration WHERE version > 1; DROP TABLE gateway;
    ALTER TABLE checkpoint DROP COLUMN fence; ALTER TABLE open_decision DROP COLUMN gateway`
  await server.run(first, databaseOf(at))
  for (const open of [older, newer]) {
    const store = await open(at)
    await isWhole(t, store, [callers])
    const more = decision()
    await store.log.append([more])
    await store.log.append([outcomeOf(more)])
    await store.close()
  }
})

t.test('SQLite: the newer gateway comes once the older one has gone, which does not come back', async (t) => {
  const at = { folder: join(t.testdir(), 'store') }
  const before = await older(at)
  const callers = new Callers(before, 64)
  await until('the older one is at work', () => callers.acknowledged.size > 100)
  await t.rejects(newer(at), {
    code: 'ERR_STORE',
    message: /^Another gateway \(pid \d+\) is using the store in /,
    nextSteps: [/Stop the other gateway/],
  })
  const reached = callers.acknowledged.size
  await until('the older one goes on', () => callers.acknowledged.size > reached + 100)
  await callers.stop()
  await before.close()

  const after = await newer(at)
  await isWhole(t, after, [callers])
  const more = new Callers(after, 8)
  await until('the newer one is at work', () => more.acknowledged.size > 100)
  await more.stop()
  await isWhole(t, after, [callers, more])
  await after.close()
  await t.rejects(older(at), { code: 'ERR_STORE', message: byNewer, nextSteps: [/a newer one/] })
  const again = await newer(at)
  await isWhole(t, again, [callers, more])
  await again.close()
})

function databaseOf({ url }: { readonly url: string }): string {
  return new URL(url).pathname.slice(1)
}
