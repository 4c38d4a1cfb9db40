// A recovery that dies at its commit: FOLDER, `before` or `after` it, the checkpoint of what was lost.
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { openLoss } from '../../src/adapters/sql/recover.ts'
import { serveStore } from '../../src/adapters/sql/serve-store.ts'
import { sqliteEngine } from '../../src/adapters/sql/sqlite/serve-sqlite.ts'
import { ORIGIN } from './test-store.ts'

const [folder = '', when, note = ''] = process.argv.slice(2)
let isRecording = false

function die(): void {
  process.kill(process.pid, 'SIGKILL')
  // The signal arrives at its own time; nothing is done meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

const { port1, port2 } = new MessageChannel()
serveStore(
  port2,
  sqliteEngine((commit) => {
    if (isRecording && when === 'before') die()
    commit()
    if (isRecording) die()
  }),
)
const kept = [{ note, source: 'given' }]
const keyPath = join(folder, 'ledger.key')
const wanted = { place: { folder }, origin: ORIGIN, keyPath, kept, restored: undefined }
const found = await openLoss(port1, { ...wanted, reason: 'backup-restored' })
isRecording = true
await found.record()
