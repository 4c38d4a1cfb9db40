// Another key for a ledger in PostgreSQL: not while a gateway is there, and a gateway that kept the former key goes on no more.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { refuseServed } from '../../src/adapters/sql/postgres/inspect-store.ts'
import { keptReceipts } from '../../src/adapters/sql/kept-receipts.ts'
import { rotateKey } from '../../src/adapters/sql/rotate-key.ts'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { keysFrom } from '../../src/audit/rotation.ts'
import { startPostgres } from '../support/postgres.ts'
import { decision, openPostgresStore, ORIGIN } from '../support/test-store.ts'

t.setTimeout(120_000)

t.test('a ledger that is shared', async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const url = await server.database()
  const folder = t.testdir()
  const keyPath = join(folder, 'ledger.key')
  const store = await openPostgresStore({ url, keyPath })
  await store.log.append(Array.from({ length: 300 }, () => decision({ effect: 'deny' })))
  await t.rejects(refuseServed(url), { code: 'ERR_STORE', message: /^A gateway is using the store in / })
  await store.close()
  await refuseServed(url)

  const old = readFileSync(keyPath, 'utf8')
  const worker = new URL('../../src/assembly/store-worker.ts', import.meta.url)
  const thread = new Worker(worker, { execArgv: [], workerData: 'postgres' })
  const { vkey, before } = await rotateKey(thread, { place: { url, keyPath }, origin: ORIGIN, keyPath })
  t.equal(before, store.vkey)

  const kept = join(folder, 'kept.key')
  writeFileSync(kept, old, { mode: 0o600 })
  await t.rejects(openPostgresStore({ url, keyPath: kept }), {
    code: 'ERR_STORE',
    message: /signing key was rotated/,
  })
  const after = await openPostgresStore({ url, keyPath })
  t.equal(after.vkey, vkey)
  const keys = keysFrom(store.vkey, await keptReceipts(after.records, 'key-rotation'))
  t.match(keys, { vkey, since: [{ index: 300, checkpoint: { size: 301 } }] })
  await after.log.append([decision({ effect: 'deny' })])
  const note = await after.log.checkpoint()
  t.equal(openCheckpoint(note, verifierOf(vkey))?.size, 302)
  t.equal(openCheckpoint(note, verifierOf(store.vkey)), undefined, 'the former key signs no more')
  await after.close()
})
