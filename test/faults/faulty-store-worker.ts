// The SQLite store's thread, with commits that fail: before they were made, after they were made, or with the whole thread.
import { parentPort, workerData } from 'node:worker_threads'
import { serveStore } from '../../src/adapters/sql/serve-store.ts'
import { sqliteEngine } from '../../src/adapters/sql/sqlite/serve-sqlite.ts'

export interface Fault {
  /** The commits that fail, counted from 1; a new store's first signs the empty tree. */
  readonly at: readonly number[]
  readonly when: 'before' | 'after' | 'thread'
}

const { at, when } = workerData as Fault
let count = 0

const engine = sqliteEngine((commit) => {
  if (!at.includes(++count)) return commit()
  if (when === 'thread') throw process.exit(1)
  if (when === 'after') commit()
  throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' })
})
if (parentPort) serveStore(parentPort, engine)
