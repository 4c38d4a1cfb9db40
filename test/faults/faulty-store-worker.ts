// The store's thread, with one commit that fails: before it was made, after it was made, or with the whole thread.
import { parentPort, workerData } from 'node:worker_threads'
import { serveStore } from '../../src/adapters/sql/sqlite/serve-store.ts'

export interface Fault {
  /** The commit that fails, counted from 1; a new store's first signs the empty tree. */
  readonly at: number
  readonly when: 'before' | 'after' | 'thread'
}

const { at, when } = workerData as Fault
let count = 0

if (parentPort) {
  serveStore(parentPort, (commit) => {
    if (++count !== at) return commit()
    if (when === 'thread') throw process.exit(1)
    if (when === 'after') commit()
    throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' })
  })
}
