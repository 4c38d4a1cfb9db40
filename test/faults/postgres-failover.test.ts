// What a failover of the database may do behind a gateway's back: lose what was acknowledged, or commit with a warning.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { openStore, type Store } from '../../src/adapters/sql/open-store.ts'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { postgresFolders } from '../support/postgres-folders.ts'
import { relayTo } from '../support/relay.ts'
import { decision, openPostgresStore, ORIGIN, outcomeOf } from '../support/test-store.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)

const { server, place } = await postgresFolders()
const LEASE_MS = 5_000
const denied = () => decision({ effect: 'deny' })
const denials = (count: number) => Array.from({ length: count }, denied)

t.test('a ledger that went back, and that another gateway has gone on with since, is latched', async (t) => {
  const at = await place(t.testdir())
  const database = new URL(at.url).pathname.slice(1)
  const tables = ['leaf', 'tile', 'checkpoint', 'open_decision']
  const store = await openPostgresStore(at)
  t.teardown(() => store.close())
  await store.log.append(denials(2))
  const copy = tables.map((table) => `CREATE TABLE old_${table} AS SELECT * FROM ${table};`)
  await server.run(copy.join(''), database)
  await store.log.append(denials(3))
  const back = tables.map((table) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM old_${table};`)
  await server.run(`BEGIN; ${back.join('')} COMMIT`, database)

  const restarted = await openPostgresStore(at)
  t.teardown(() => restarted.close())
  await restarted.log.append(denials(9))
  await until('it heard of them', async () => statedSize(await store.log.checkpoint()) === 11)
  await t.rejects(store.log.append([denied()]), {
    code: 'ERR_LEDGER_UNAVAILABLE',
    message: /its first 5 entries are not those that were acknowledged/,
  })
  t.equal(store.log.writable, false)
  await t.rejects(openPostgresStore(at), { code: 'ERR_STORE', message: /^The ledger is latched since/ })
})

t.test(
  'a gateway that lives through an outage is not taken for dead by one that starts after it',
  async (t) => {
    const at = await place(t.testdir())
    const database = new URL(at.url).pathname.slice(1)
    const store = await openPostgresStore(at)
    t.teardown(() => store.close())
    const running = decision()
    await store.log.append([running])
    await server.kill()
    await t.rejects(store.log.read({ from: 0, below: 9, limit: 9 }), { code: 'ERR_STORE', status: 503 })
    await server.start()
    // As if it had been away for longer than a lease; the next beat comes only later.
    await server.run('UPDATE gateway SET seen_at = seen_at - 3600000', database)
    const other = await openPostgresStore(at)
    t.teardown(() => other.close())
    await until('the store is reached again', () =>
      store.log.append([outcomeOf(running)]).then(
        () => true,
        () => false,
      ),
    )
    const told = (await other.log.read({ from: 0, below: 9, limit: 9 })).map(
      ({ text }) => JSON.parse(text) as object,
    )
    t.match(told, [{ kind: 'decision' }, { kind: 'outcome', status: 'completed' }])
    t.equal(told.length, 2, 'and no other outcome')
  },
)

t.test('a store that is closed while its database is away leaves no thread behind', async (t) => {
  const at = await place(t.testdir())
  const relay = await relayTo(t, server.port)
  const url = at.url.replace(`:${server.port}/`, `:${relay.port}/`)
  const worker = new Worker(new URL('../../src/assembly/store-worker.ts', import.meta.url), {
    execArgv: [],
    workerData: 'postgres',
  })
  const ended = once(worker, 'exit')
  const store = await openStore(worker, { place: { ...at, url }, origin: ORIGIN })
  await store.log.append(denials(2))
  relay.goDead()
  relay.reset()
  const lost = t.rejects(store.log.append(denials(1)), { code: 'ERR_LEDGER_UNAVAILABLE' })
  await until('it is noticed', () => !store.log.writable)
  const closed = store.close()
  await relay.heal()
  await closed
  await ended
  await lost
})

t.test('one store has one public address, also before its first entry', async (t) => {
  const { url, keyPath } = await place(t.testdir())
  const first = await openPostgresStore({ url, keyPath, origin: 'one.example/ledger' })
  const second = { url, keyPath: `${keyPath}.2`, origin: 'two.example/ledger' }
  await t.rejects(openPostgresStore(second), {
    code: 'ERR_STORE',
    message:
      /^A gateway that runs has begun the ledger in .* as one\.example\/ledger, not two\.example\/ledger\.$/,
    nextSteps: [/the same public_url/],
  })
  await first.log.append(denials(1))
  t.equal((await first.log.checkpoint()).split('\n')[0], 'one.example/ledger')
  await first.close()
})

t.test('a start that failed binds a store to no address', async (t) => {
  const { url, keyPath } = await place(t.testdir())
  await (await openPostgresStore({ url, keyPath, origin: 'one.example/ledger' })).close()
  const other = await openPostgresStore({ url, keyPath, origin: 'two.example/ledger' })
  t.match(other.vkey, /^two\.example\/ledger\+/)
  await other.close()
})

t.test('gateways that come back one after the other take nobody for dead', async (t) => {
  const { url, keyPath } = await place(t.testdir())
  const relays = [await relayTo(t, server.port), await relayTo(t, server.port)] as const
  const stores: Store[] = []
  for (const { port } of relays) {
    const by = url.replace(`:${server.port}/`, `:${port}/`)
    stores.push(await openPostgresStore({ url: by, keyPath, leaseMs: LEASE_MS }))
    t.teardown(() => stores.pop()?.close())
  }
  const [slow, quick] = relays
  const running = decision()
  await stores[0]?.log.append([running])
  for (const relay of relays) {
    relay.refuse()
    relay.reset()
  }
  /** How many gateways were seen within so many milliseconds. */
  const seen = async (withinMs: number) => {
    const now = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'
    const sql = `SELECT count(*)::int AS seen FROM gateway WHERE seen_at >= ${now} - ${withinMs}`
    return (await server.run(sql, new URL(url).pathname.slice(1)))[0]?.['seen']
  }
  await until('nobody was seen for longer than a lease', async () => (await seen(LEASE_MS)) === 0)
  await quick.heal()
  await until('one is back', async () => (await seen(LEASE_MS)) === 1)
  await until('it has looked around', async () => (await seen(LEASE_MS / 20)) === 0)
  await until('it has looked again', async () => (await seen(LEASE_MS / 20)) === 1)
  await slow.heal()
  await until('so is the other', async () => (await seen(LEASE_MS)) === 2)
  await stores[0]?.log.append([outcomeOf(running)])
  const entries = (await stores[1]?.log.read({ from: 0, below: 9, limit: 9 })) ?? []
  const told = entries.map(({ text }) => JSON.parse(text) as { kind: string; status?: string })
  t.match(told, [{ kind: 'decision' }, { kind: 'outcome', status: 'completed' }])
  t.equal(told.length, 2, 'and no other outcome')
})

for (const language of ['English', 'German'] as const) {
  t.test(`a commit that the server warns of, in ${language}, is in doubt`, async (t) => {
    const { url, keyPath } = await place(t.testdir())
    const port = language === 'English' ? server.port : await inGerman(t, server.port)
    const doubts: (string | undefined)[] = []
    const store = await openPostgresStore({
      url: url.replace(`:${server.port}/`, `:${port}/`),
      keyPath,
      onWritable: (refused) => doubts.push(refused?.code),
    })
    t.teardown(() => store.close())
    await server.run(
      `CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE WARNING 'canceling wait for synchronous replication'; RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON leaf DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION warn()`,
      new URL(url).pathname.slice(1),
    )
    t.same(await store.log.append([denied()]), [0], 'the fence’s commit bears it out')
    t.same(doubts, ['ERR_LEDGER_UNAVAILABLE', undefined])
  })
}

/** The server as it speaks where its messages are German (lc_messages). */
async function inGerman(t: Test, port: number): Promise<number> {
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.on('error', () => far.destroy()).pipe(far)
    far.on('error', () => near.destroy())
    far.on('data', (bytes) => {
      near.write(Buffer.from(bytes.toString('latin1').replaceAll('SWARNING\0', 'SWARNUNG\0'), 'latin1'))
    })
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  t.teardown(() => relay.close())
  return (relay.address() as AddressInfo).port
}
