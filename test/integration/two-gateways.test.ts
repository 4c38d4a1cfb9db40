// Two gateways on one ledger in PostgreSQL: one sequence, each sees the other's entries at once, and ends what a dead one left.
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { connect, disconnect } from '../../src/adapters/sql/postgres/connect.ts'
import { migrate, versionOf } from '../../src/adapters/sql/postgres/migrate.ts'
import { MIGRATIONS } from '../../src/adapters/sql/tables.ts'
import { openStore } from '../../src/adapters/sql/open-store.ts'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { follow, type FollowEvent } from '../../src/audit/follow.ts'
import { Frontier, leafHash, verifyConsistency } from '../../src/audit/merkle.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { postgresFolders } from '../support/postgres-folders.ts'
import { decision, openPostgresStore, ORIGIN, outcomeOf } from '../support/test-store.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)

const { server, place } = await postgresFolders()
const everything = { from: 0, below: 1e9, limit: 1e6 }

async function two(t: Test, leaseMs = 30_000) {
  const at = await place(t.testdir())
  const [one, other] = [
    await openPostgresStore({ ...at, leaseMs }),
    await openPostgresStore({ ...at, leaseMs }),
  ]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  return { one, other, at }
}

t.test(
  'both append at once: one sequence without gap or double, every checkpoint on the way extends the one before',
  async (t) => {
    const { one, other } = await two(t)
    t.equal(one.vkey, other.vkey)
    const verifier = verifierOf(one.vkey)
    const checkpoints: string[] = []
    const stop = other.log.onCommit(async () => checkpoints.push(await other.log.checkpoint()))
    const pairs = Array.from({ length: 400 }, () => decision()).map((entry) => [entry, outcomeOf(entry)])
    const indices = await Promise.all(pairs.map((pair, at) => (at % 2 ? one : other).log.append(pair)))
    stop()
    t.same(
      indices.flat().toSorted((a, b) => a - b),
      Array.from({ length: 800 }, (_, at) => at),
    )
    await until('both have heard of the last', async () =>
      (await Promise.all([one, other].map(({ log }) => log.checkpoint()))).every((note) =>
        note.includes('\n800\n'),
      ),
    )
    const entries = await one.log.read(everything)
    for (const [at, pair] of indices.entries())
      t.equal(entries[pair[0] ?? -1]?.text, JSON.stringify(pairs[at]?.[0]))
    const tree = new Frontier()
    for (const { text } of entries) tree.append(leafHash(text))
    const last = openCheckpoint(await one.log.checkpoint(), verifier)
    t.same(last?.root, tree.root())
    for (const note of checkpoints) {
      const seen = openCheckpoint(note, verifier)
      if (!seen || !last) throw new Error('a checkpoint did not open')
      const claim = { from: seen.size, fromRoot: seen.root, to: last.size, toRoot: last.root }
      t.ok(
        verifyConsistency(claim, await one.log.consistency(seen.size, last.size)),
        `${seen.size} to ${last.size}`,
      )
    }
  },
)

t.test('a gateway that was alone for a while goes on behind another one that came since', async (t) => {
  const at = await place(t.testdir())
  const doubts: unknown[] = []
  const one = await openPostgresStore({ ...at, onWritable: (refused) => doubts.push(refused) })
  const other = await openPostgresStore(at)
  t.teardown(() => Promise.all([one.close(), other.close()]))
  const [ended, cut] = [decision(), decision()]
  const denied = () => decision({ effect: 'deny' })
  await one.log.append([ended])
  await one.log.append([cut])
  for (let index = 2; index < 6; index++) t.same(await one.log.append([denied()]), [index])
  t.same(await other.log.append([denied()]), [6])
  const [entry, later] = [denied(), decision()]
  t.same(await one.log.append([outcomeOf(ended), later, entry]), [7, 8, 9], 'behind it, once')
  t.same(doubts, [], 'the fate of what it appended was never in doubt')
  for (let index = 10; index < 13; index++) t.same(await one.log.append([denied()]), [index])
  t.same(await one.log.append([outcomeOf(later)]), [13])
  const open = await server.run('SELECT idx FROM open_decision', new URL(at.url).pathname.slice(1))
  t.same(
    open.map(({ idx }) => Number(idx)),
    [1],
    'of those that it had begun, only one has no outcome',
  )
  const texts = (await other.log.read(everything)).map(({ text }) => text)
  t.equal(texts.length, 14)
  t.equal(new Set(texts).size, 14)
  t.equal(texts[9], JSON.stringify(entry))
  const tree = new Frontier()
  for (const text of texts) tree.append(leafHash(text))
  t.same(openCheckpoint(await other.log.checkpoint(), verifierOf(one.vkey))?.root, tree.root())
})

t.test('a reader who comes from one gateway to the other finds there what it was shown', async (t) => {
  const { one, other } = await two(t)
  for (let round = 0; round < 40; round++) {
    const [from, to] = round % 2 ? [other, one] : [one, other]
    const [index = -1] = await from.log.append([decision({ effect: 'deny' })])
    const seen = openCheckpoint(await to.log.checkpoint(), verifierOf(one.vkey))
    t.ok(seen && seen.size > index, `round ${round}: ${seen?.size} entries, after entry ${index}`)
    await t.resolves(to.log.inclusion(index, index + 1))
  }
})

t.test('a tail at one gateway wakes when the other commits, and reads its records', async (t) => {
  const { one, other } = await two(t)
  const ended = new AbortController()
  const seen: FollowEvent[] = []
  const tail = (async () => {
    for await (const event of follow(other.log, { from: 0, live: true, pinned: 0, signal: ended.signal }))
      seen.push(event)
  })()
  await until('the tail waits', () => seen.length === 1)
  const entry = decision({ effect: 'deny' })
  await one.log.append([entry])
  await until('the entry has come', () => seen.some(({ kind }) => kind === 'entries'))
  t.match(seen.at(-1), { kind: 'entries', entries: [{ index: 0, text: JSON.stringify(entry) }] })
  ended.abort()
  await tail
  await one.records.put('token', 'a', { n: 1 })
  t.same(await other.records.get('token', 'a'), { n: 1 })
})

t.test('a tail goes on when its connection was cut meanwhile', async (t) => {
  const { one, other } = await two(t)
  const heard: number[] = []
  other.log.onCommit((size) => heard.push(size))
  await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sluice'")
  await until('the first appends again', () =>
    one.log.append([decision({ effect: 'deny' })]).then(
      () => true,
      () => false,
    ),
  )
  await until('the other hears of it', () => heard.length > 0)
  const size = heard.at(-1)
  t.same(await other.log.append([decision({ effect: 'deny' })]), [size])
})

t.test(
  'exchanges of a gateway that died are ended by another, once; those of one that lives are not',
  async (t) => {
    const at = await place(t.testdir())
    const leaseMs = 2_000
    const thread = new Worker(new URL('../../src/assembly/store-worker.ts', import.meta.url), {
      execArgv: [],
      workerData: 'postgres',
    })
    const dying = await openStore(thread, { place: { ...at, leaseMs }, origin: ORIGIN })
    const living = await openPostgresStore({ ...at, leaseMs })
    t.teardown(() => living.close())
    const [lost, kept] = [decision(), decision()]
    await dying.log.append([lost])
    await living.log.append([kept])
    await thread.terminate()
    await until('the exchange is ended', async () => (await living.log.read(everything)).length === 3)
    const last = JSON.parse((await living.log.read(everything))[2]?.text ?? '')
    t.match(last, { kind: 'outcome', status: 'interrupted', exchange: lost.exchange })
    t.same(await living.log.append([outcomeOf(kept)]), [3])
    const third = await openPostgresStore({ ...at, leaseMs })
    t.equal((await third.log.read(everything)).length, 4, 'once')
    await third.close()
  },
)

t.test('however much a dead gateway left: who appends waits for one batch of it at most', async (t) => {
  const at = await place(t.testdir())
  const leaseMs = 50
  const thread = new Worker(new URL('../../src/assembly/store-worker.ts', import.meta.url), {
    execArgv: [],
    workerData: 'postgres',
  })
  const dying = await openStore(thread, { place: { ...at, leaseMs: 30_000 }, origin: ORIGIN })
  const left = Array.from({ length: 8_000 }, () => decision())
  await dying.log.append(left)
  await thread.terminate()
  const living = await openPostgresStore({ ...at, leaseMs })
  t.teardown(() => living.close())
  const ended = async () => {
    const { length } = await living.log.read({ ...everything, from: left.length })
    return length >= left.length + own
  }
  let own = 0
  do await living.log.append([decision({ effect: 'deny' })])
  while (++own % 8 !== 0 || !(await ended()))
  const kinds = (await living.log.read({ ...everything, from: left.length })).map(({ text }) =>
    (JSON.parse(text) as { kind: string }).kind.replace(/^outcome$/, '.'),
  )
  const between = kinds.join('').split('decision').slice(1, -1)
  const waited = between.flatMap(({ length }) => (length > 0 ? [length] : [])).toSorted((a, b) => a - b)
  t.equal(kinds.filter((kind) => kind === '.').length, left.length, 'all are ended, once')
  // What is ended between an answer and the next request has kept nobody waiting, so one may see more than a batch.
  t.ok((waited[waited.length >> 1] ?? 0) <= 3 * 256, waited.join(' '))
})

t.test('two that start at once on an empty database begin one ledger', async (t) => {
  const at = await place(t.testdir())
  const both = await Promise.all([openPostgresStore(at), openPostgresStore(at)])
  t.equal(both[0].vkey, both[1].vkey)
  const indices = await Promise.all(both.map(({ log }) => log.append([decision({ effect: 'deny' })])))
  t.same(indices.flat().toSorted(), [0, 1])
  await Promise.all(both.map(({ close }) => close()))
})

t.test('a database of the version before is brought up to date', async (t) => {
  const at = await place(t.testdir())
  const client = await connect(at.url)
  await migrate(client, 'it', 1)
  t.equal(await versionOf(client), 1)
  const store = await openPostgresStore(at)
  t.equal(await versionOf(client), MIGRATIONS.length)
  disconnect(client)
  t.same(await store.log.append([decision({ effect: 'deny' })]), [0])
  await store.close()
})
