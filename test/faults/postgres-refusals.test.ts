// Databases that can't be used are refused at the start, and by `gateway check`, with what is wrong and what to do.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { databaseRefusal } from '../../src/adapters/sql/postgres/inspect-store.ts'
import { asSluiceError } from '../../src/base/errors.ts'
import { freePort } from '../support/free-port.ts'
import { startPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { decision, openPostgresStore, ORIGIN } from '../support/test-store.ts'

t.setTimeout(150_000)

const postgres = await startPostgres(['wal_level=logical'])
t.teardown(() => postgres.stop())

/** Both refuse, in the same words, and tell no password. */
async function refused(
  t: Test,
  url: string,
  message: RegExp,
  nextStep: RegExp,
  keyPath = join(t.testdir(), 'key'),
) {
  const started = await openPostgresStore({ url, keyPath }).then(
    async ({ close }) => (await close(), undefined),
    asSluiceError,
  )
  const checked = await databaseRefusal({ url, keyPath, origin: ORIGIN, now: Date.now() })
  for (const [who, error] of Object.entries({ started, checked })) {
    t.match(error, { code: 'ERR_STORE', message, nextSteps: [nextStep] }, who)
    t.notMatch(JSON.stringify([error?.message, error?.nextSteps]), /of-the-tests|hunter2/)
  }
}

t.test('where nobody listens, and where nobody is let in', async (t) => {
  const url = await postgres.database()
  const nobody = url.replace(String(postgres.port), String(await freePort()))
  await refused(
    t,
    nobody,
    /^The store in postgres:\/\/127.0.0.1:\d+\/sluice_\d+ can't be used: nothing listens there/,
    /See that the server runs/,
  )
  await refused(
    t,
    url.replace('of-the-tests', 'hunter2'),
    /its user or password is wrong \(28P01\)/,
    /Mend the user/,
  )
  await refused(t, `${url}_gone`, /there is no such database/, /Create it/)
  await refused(t, `${url}?sslmode=verify-full`, /the server does not speak TLS/, /sslmode=disable/)
})

t.test('a user without rights', async (t) => {
  const url = await postgres.database()
  await postgres.run("CREATE ROLE nobody LOGIN PASSWORD 'hunter2'")
  await refused(
    t,
    url.replace('postgres:of-the-tests', 'nobody:hunter2'),
    /its user has not the rights \(42501\)/,
    /GRANT CREATE/,
  )
})

t.test('a server that may lose what it has told to be committed', async (t) => {
  const url = await postgres.database()
  const name = new URL(url).pathname.slice(1)
  const set = (sql: string) => postgres.run(`ALTER DATABASE ${name} ${sql}`)
  await set('SET synchronous_commit = off')
  await refused(t, url, /its synchronous_commit is off/, /synchronous_commit = on/)
  await set('RESET synchronous_commit')
  await set('SET default_transaction_read_only = on')
  await refused(t, url, /it is read-only/, /Name the primary/)
  await set('RESET default_transaction_read_only')
  await postgres.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
  await refused(t, url.replace(name, 'latin'), /its encoding is LATIN1, not UTF8/, /ENCODING 'UTF8'/)
  await (await openPostgresStore({ url, keyPath: join(t.testdir(), 'key') })).close()
})

t.test('a server that replicates without waiting for anyone', async (t) => {
  const url = await postgres.database()
  // What a standby is to its primary.
  const standby = new pg.Client({ connectionString: url, replication: 'true' } as pg.ClientConfig)
  await standby.connect()
  await refused(
    t,
    url,
    /replicates without waiting for a standby, so a failover loses commits/,
    /synchronous_standby_names/,
  )
  await standby.end()
  const there = () => postgres.run('SELECT FROM pg_stat_replication')
  await until('the server knows that it has gone', async () => (await there()).length === 0)
  await (await openPostgresStore({ url, keyPath: join(t.testdir(), 'key') })).close()
})

t.test('a server without fsync', async (t) => {
  const careless = await startPostgres(['fsync=off'])
  t.teardown(() => careless.stop())
  await refused(t, await careless.database(), /its server has fsync off/, /Set fsync = on/)
})

t.test(
  'a store of a newer sluice is left as it is; a gateway that runs goes on beside the newer one',
  async (t) => {
    const url = await postgres.database()
    const keyPath = join(t.testdir(), 'key')
    const running = await openPostgresStore({ url, keyPath })
    t.teardown(() => running.close())
    t.same(await running.log.append([decision({ effect: 'deny' })]), [0])
    const name = new URL(url).pathname.slice(1)
    await postgres.run(
      "INSERT INTO migration VALUES (99, '2027-01-01'); ALTER TABLE leaf ADD COLUMN more text",
      name,
    )
    await refused(
      t,
      url,
      /was written by a newer sluice \(schema 99, this one knows 2\)/,
      /Run the version of sluice that wrote it/,
      keyPath,
    )
    t.same(await running.log.append([decision({ effect: 'deny' })]), [1])
  },
)

t.test('a gateway without the ledger’s key, and one of another address', async (t) => {
  const url = await postgres.database()
  const keyPath = join(t.testdir(), 'key')
  const first = await openPostgresStore({ url, keyPath })
  await first.log.append([decision({ effect: 'deny' })])
  await first.close()
  await refused(
    t,
    url,
    /The ledger's signing key is missing/,
    /Restore the key/,
    join(t.testdir({ other: {} }), 'other', 'key'),
  )
  const moved = openPostgresStore({ url, keyPath, origin: 'elsewhere/ledger' })
  await t.rejects(moved, { code: 'ERR_STORE' })
})

t.test('a ledger that its own checkpoint does not sign', async (t) => {
  const damages = {
    'the last entry is gone': 'DELETE FROM leaf WHERE idx = 2',
    'an entry is there that was never signed': "INSERT INTO leaf VALUES (3, 0, NULL, '{}')",
    'a hash was changed': "UPDATE tile SET hashes = decode(repeat('00', 96), 'hex')",
    'tiles are gone': 'DELETE FROM tile',
    'the checkpoint is another': "UPDATE checkpoint SET note = replace(note, E'\\n3\\n', E'\\n2\\n')",
  }
  for (const [name, statement] of Object.entries(damages)) {
    const url = await postgres.database()
    const keyPath = join(t.testdir(), 'key')
    const store = await openPostgresStore({ url, keyPath })
    await store.log.append(Array.from({ length: 3 }, () => decision({ effect: 'deny' })))
    await store.close()
    await postgres.run(statement, new URL(url).pathname.slice(1))
    await t.rejects(
      openPostgresStore({ url, keyPath }),
      { code: 'ERR_LEDGER_INVALID', message: /is not the one that its checkpoint signs/ },
      name,
    )
  }
})

t.test('a latch that could not be read latches', async (t) => {
  const keyPath = join(t.testdir({ 'ledger.latch': '' }), 'key')
  writeFileSync(join(keyPath, '..', 'ledger.latch'), 'torn')
  await t.rejects(openPostgresStore({ url: await postgres.database(), keyPath }), {
    code: 'ERR_STORE',
    message: /latch can't be read/,
  })
})
