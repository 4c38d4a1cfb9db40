// A real standby: a primary that doesn't wait for it is refused; one that does acknowledges nothing that it could lose.
import { join } from 'node:path'
import t from 'tap'
import { databaseRefusal } from '../../src/adapters/sql/postgres/inspect-store.ts'
import { asSluiceError } from '../../src/base/errors.ts'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { Frontier, leafHash } from '../../src/audit/merkle.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { startPostgres } from '../support/postgres.ts'
import { decision, openPostgresStore, ORIGIN } from '../support/test-store.ts'
import { until } from '../support/until.ts'

t.setTimeout(150_000)

const denied = () => decision({ effect: 'deny' })
const server = await startPostgres()
const url = await server.database()
const database = new URL(url).pathname.slice(1)
const keyPath = join(t.testdir(), 'ledger.key')
const standby = await server.addStandby()
t.teardown(async () => {
  await standby.stop()
  await server.stop()
})

async function set(...statements: readonly string[]): Promise<void> {
  for (const statement of [...statements, 'SELECT pg_reload_conf()']) await server.run(statement)
}

t.test('whether the primary waits for its standby', async (t) => {
  const refused = async (message: RegExp, nextStep: RegExp) => {
    const started = await openPostgresStore({ url, keyPath }).then(
      async ({ close }) => (await close(), undefined),
      asSluiceError,
    )
    const checked = await databaseRefusal({ url, keyPath, origin: ORIGIN, now: Date.now() })
    for (const error of [started, checked])
      t.match(error, { code: 'ERR_STORE', message, nextSteps: [nextStep] }, String(message))
  }
  await refused(/replicates without waiting for a standby/, /synchronous_standby_names/)
  await set("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
  await until('the server knows that it is to wait', async () => {
    const [row] = await server.run('SELECT sync_state FROM pg_stat_replication')
    return row?.['sync_state'] === 'sync'
  })
  await set(`ALTER DATABASE ${database} SET synchronous_commit = local`)
  await refused(/its synchronous_commit is local, so a failover loses commits/, /synchronous_commit = on/)
  await set(`ALTER DATABASE ${database} SET synchronous_commit = off`)
  await refused(/its synchronous_commit is off/, /synchronous_commit = on/)
  await set(`ALTER DATABASE ${database} SET synchronous_commit = remote_write`)
  await refused(/its synchronous_commit is remote_write/, /synchronous_commit = on/)
  for (const level of ['on', 'remote_apply']) {
    await set(`ALTER DATABASE ${database} SET synchronous_commit = ${level}`)
    const store = await openPostgresStore({ url, keyPath })
    await store.log.append([denied()])
    await store.close()
  }
  await set(`ALTER DATABASE ${database} RESET synchronous_commit`)
  const aside = url.replace(`:${server.port}/`, `:${standby.port}/`)
  const there = await databaseRefusal({ url: aside, keyPath, origin: ORIGIN, now: Date.now() })
  t.match(there, { code: 'ERR_STORE', message: /it is read-only/, nextSteps: [/Name the primary/] })
})

t.test('while the standby is away nothing is acknowledged; once it is back, everything, once', async (t) => {
  const store = await openPostgresStore({ url, keyPath })
  t.teardown(() => store.close())
  const [first = 0] = await store.log.append([denied()])
  await standby.kill()
  let acknowledged = false
  const pending = store.log.append([denied()]).then((indices) => {
    acknowledged = true
    return indices
  })
  await until('the commit waits for the standby', async () => {
    const waiting =
      "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'sluice'"
    return (await server.run(waiting)).length === 1
  })
  t.equal(acknowledged, false)
  await standby.start()
  t.same(await pending, [first + 1])
  t.same(await store.log.append([denied()]), [first + 2])
})

t.test(
  'the primary is lost under 64 appends: the standby has all that was acknowledged, and goes on',
  async (t) => {
    const store = await openPostgresStore({ url, keyPath })
    t.teardown(() => store.close())
    const acknowledged = new Map<number, string>()
    let lost = false
    const appending = Array.from({ length: 64 }, async () => {
      while (!lost) {
        const entry = denied()
        const [index] = await store.log.append([entry]).catch(() => [undefined])
        if (index === undefined) return
        acknowledged.set(index, entry.exchange)
      }
    })
    await until('many are acknowledged', () => acknowledged.size > 300)
    await server.kill()
    lost = true
    const promoted = await standby.promote(url)
    await store.close()
    await Promise.all(appending)

    const next = await openPostgresStore({ url: promoted, keyPath })
    t.teardown(() => next.close())
    const entries = await next.log.read({ from: 0, below: 1e9, limit: 1e6 })
    const exchanges = entries.map(({ text }) => (JSON.parse(text) as { exchange: string }).exchange)
    const missing = [...acknowledged].filter(([index, exchange]) => exchanges[index] !== exchange)
    t.same(missing, [], `all ${acknowledged.size} that were acknowledged are there, under their index`)
    t.equal(new Set(exchanges).size, exchanges.length, 'none twice')
    const tree = new Frontier()
    for (const { text } of entries) tree.append(leafHash(text))
    const checkpoint = openCheckpoint(await next.log.checkpoint(), verifierOf(next.vkey))
    t.same(checkpoint?.root, tree.root())
    t.same(await next.log.append([denied()]), [entries.length])
  },
)
