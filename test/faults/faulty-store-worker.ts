// A store's thread with commits that fail: before they were made, after they were made, or with the whole thread or process.
import { parentPort, workerData } from 'node:worker_threads'
import { postgresEngine } from '../../src/adapters/sql/postgres/serve-postgres.ts'
import { serveStore } from '../../src/adapters/sql/serve-store.ts'
import { sqliteEngine } from '../../src/adapters/sql/sqlite/serve-sqlite.ts'

export interface Fault {
  readonly engine: 'sqlite' | 'postgres'
  /** The commits that fail, counted from 1; the first is that of a store's opening. */
  readonly at: readonly number[]
  readonly when: 'before' | 'after' | 'thread' | 'killed before' | 'killed after'
}

const { engine, at, when } = workerData as Fault
let count = 0
const persists = when === 'after' || when === 'killed after'
const fails = (): boolean => at.includes(++count) && (when !== 'thread' || process.exit(1))
const die = (): void => void (when.startsWith('killed') && process.kill(process.pid, 'SIGKILL'))

const sqlite = sqliteEngine((commit) => {
  if (!fails()) return commit()
  if (persists) commit()
  die()
  throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' })
})
const postgres = postgresEngine(async (commit) => {
  if (!fails()) return commit()
  if (persists) await commit()
  die()
  throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
})
if (parentPort) serveStore(parentPort, engine === 'sqlite' ? sqlite : postgres)
