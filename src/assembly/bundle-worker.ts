// Entry of a thread that checks bundles of a ledger.
import { parentPort } from 'node:worker_threads'
import { serveBundles } from '../adapters/worker-threads/bundle-threads.ts'

if (parentPort) serveBundles(parentPort)
