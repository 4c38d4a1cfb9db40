// Entry of a thread that reads documents.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { serveReader } from '../adapters/worker-threads/serve-reader.ts'
import { dialects } from '../dialects/all.ts'
import { createInlineDocuments } from '../gateway/inline-documents.ts'
import { catalogueOf, type MaskingRules } from '../masking/own.ts'
import { createMaskers } from './maskers.ts'

const LESS_URGENT = 5

// Where there are fewer cores than busy threads the event loop comes first. Linux alone has priorities by thread.
if (process.platform === 'linux') setPriority(LESS_URGENT)
if (parentPort) {
  const maskers = createMaskers([], catalogueOf(workerData as MaskingRules))
  serveReader(parentPort, createInlineDocuments(dialects, maskers))
}
