// Entry of the store's thread.
import { parentPort } from 'node:worker_threads'
import { serveStore } from '../adapters/sql/sqlite/serve-store.ts'

if (parentPort) serveStore(parentPort)
