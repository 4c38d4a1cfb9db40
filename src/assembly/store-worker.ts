// Entry of the store's thread.
import { parentPort } from 'node:worker_threads'
import { serveStore } from '../adapters/sql/serve-store.ts'
import { sqliteEngine } from '../adapters/sql/sqlite/serve-sqlite.ts'

if (parentPort) serveStore(parentPort, sqliteEngine())
