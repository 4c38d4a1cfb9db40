// Entry of the store's thread; its worker data names the engine.
import { parentPort, workerData } from 'node:worker_threads'
import { serveStore } from '../adapters/sql/serve-store.ts'

const port = parentPort
// Only the engine that is used is loaded.
if (port && workerData === 'postgres') {
  const { postgresEngine } = await import('../adapters/sql/postgres/serve-postgres.ts')
  serveStore(port, postgresEngine())
} else if (port) {
  const { sqliteEngine } = await import('../adapters/sql/sqlite/serve-sqlite.ts')
  serveStore(port, sqliteEngine())
}
