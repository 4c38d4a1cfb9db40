// A ledger in memory, at the log port: for tests of what the gateway does when the ledger is slow or fails. It takes
// nothing but what the published schema says is an entry.
import { prepareLeaf } from '../../src/adapters/sql/leaf.ts'
import { SluiceError } from '../../src/base/errors.ts'
import type { EntryLog } from '../../src/audit/log.ts'
import type { Entry } from '../../src/terms/entry.ts'
import { schemaFlaw } from './published-schema.ts'

export interface MemoryLedger extends EntryLog {
  readonly entries: Entry[]
  /** Called before each append; may wait, or throw to fail it. */
  before: (entries: readonly Entry[]) => void | Promise<void>
}

export function createMemoryLedger(): MemoryLedger {
  const entries: Entry[] = []
  let latched = false
  const ledger: MemoryLedger = {
    entries,
    before: () => undefined,
    async append(more) {
      // Whatever the test is about, an entry that is none fails it: as an error that nobody catches.
      for (const flaw of more.map(schemaFlaw))
        if (flaw !== undefined) void Promise.reject(new TypeError(flaw))
      more.forEach(prepareLeaf)
      if (latched) throw new SluiceError('ERR_LEDGER_UNAVAILABLE', 'The ledger can’t be written.')
      try {
        await ledger.before(more)
      } catch (cause) {
        latched = true
        throw new SluiceError('ERR_LEDGER_UNAVAILABLE', 'The ledger can’t be written.', { cause })
      }
      return more.map((entry) => entries.push(entry) - 1)
    },
    get writable() {
      return !latched
    },
    waiting: 0,
    checkpoint: () => Promise.resolve(''),
    read: () => Promise.resolve([]),
    firstSince: () => Promise.resolve(0),
    inclusion: () => Promise.resolve([]),
    consistency: () => Promise.resolve([]),
    tile: () => Promise.resolve(new Uint8Array()),
    onCommit: () => () => undefined,
    close: () => Promise.resolve(),
  }
  return ledger
}
