// The store as the gateway has it: the ledger and the records, over an engine that lives in a thread of its own.
import type { EntryLog } from '../../audit/log.ts'
import { systemClock } from '../../base/clock.ts'
import type { Clock } from '../../base/clock.ts'
import { SluiceError } from '../../base/errors.ts'
import type { Records } from '../../identity/records.ts'
import { prepareLeaf } from './leaf.ts'
import { StoreLink } from './store-link.ts'
import type { StorePlace } from './messages.ts'
import type { StoreThread } from './store-link.ts'

export interface StoreOptions {
  /** A folder is named by its absolute path, and created where only its last segment is missing. */
  readonly place: StorePlace
  /** The ledger's name, such as `gw.example/ledger`. */
  readonly origin: string
  readonly clock?: Clock
  /** Also where the clock does not go with the newest entry's time: someone has said that it is right. */
  readonly anyClock?: boolean | undefined
  /** Called when a store that was open can't be written, with why; and with nothing, once it can be again. */
  readonly onWritable?: (refused: SluiceError | undefined) => void
}

export interface Store {
  readonly log: EntryLog
  readonly records: Records
  /** The ledger's verifier key, `name+hash+key`. */
  readonly vkey: string
  /** Waits for what was accepted, then lets go of the files. */
  close(): Promise<void>
}

/**
 * Opens the store in `thread`, whose module calls `serveStore`. Exchanges that an earlier run left without an outcome
 * have one, `interrupted`, when this resolves. Rejects with ERR_STORE, ERR_LEDGER_INVALID or ERR_CLOCK where it can't be used.
 */
export async function openStore(thread: StoreThread, options: StoreOptions): Promise<Store> {
  const clock = options.clock ?? systemClock
  const listeners = new Set<(size: number) => void>()
  let isOpen = false
  const link = new StoreLink(
    thread,
    clock,
    (size) => {
      for (const listener of listeners) listener(size)
    },
    (refused) => isOpen && options.onWritable?.(refused),
  )
  const vkey = await link.open(options)
  isOpen = true
  const isShared = 'url' in options.place
  const close = () => link.close()
  const log: EntryLog = {
    async append(entries) {
      const leaves = entries.map(prepareLeaf)
      const first = await link.write('ERR_LEDGER_UNAVAILABLE', leaves, [])
      return entries.map((_, at) => first + at)
    },
    // Of several gateways each is told of the others' commits a moment later: a reader who comes from one to the other
    // would find the ledger rolled back.
    checkpoint: isShared ? () => link.ask({ ask: 'checkpoint' }) : async () => link.head.note,
    read: (query) => link.ask({ ask: 'read', query }),
    firstSince: (time) => link.ask({ ask: 'firstSince', time }),
    inclusion: (index, size) => link.ask({ ask: 'inclusion', index, size }),
    consistency: (from, to) => link.ask({ ask: 'consistency', from, to }),
    tile: (level, number) => link.ask({ ask: 'tile', level, number }),
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get writable() {
      return link.writable
    },
    get waiting() {
      return link.waitingLeaves
    },
    close,
  }
  return { log, records: recordsOver(link, clock), vkey, close }
}

function recordsOver(link: StoreLink, clock: Clock): Records {
  return {
    async put(kind, key, value, { expiresAt, group } = {}) {
      if (unstorable(key) || unstorable(group ?? ''))
        throw new SluiceError('ERR_STORE', `A ${kind} is not stored under a key that holds U+0000.`)
      const change = {
        verb: 'put',
        kind,
        key,
        value: JSON.stringify(value),
        expiresAt: expiresAt ?? null,
        group: group ?? null,
      } as const
      await link.write('ERR_STORE', [], [change])
    },
    async get(kind, key) {
      if (unstorable(key)) return undefined
      const text = await link.ask({ ask: 'record', kind, key, now: clock.now() })
      return text === undefined ? undefined : JSON.parse(text)
    },
    async remove(kind, key) {
      if (unstorable(key)) return
      await link.write('ERR_STORE', [], [{ verb: 'remove', kind, key }])
    },
    async removeGroup(group) {
      if (unstorable(group)) return
      await link.write('ERR_STORE', [], [{ verb: 'removeGroup', group }])
    },
  }
}

// No engine but SQLite can: and what comes from outside must fail alone, not with the batch that it is in.
function unstorable(text: string): boolean {
  return text.includes('\0')
}
