// The log port: what the gateway needs of a ledger. Implemented over a store by adapters/.
import type { Entry } from '../terms/entry.ts'

/** One entry as it stands in the ledger. */
export interface LoggedEntry {
  /** Gapless, from 0. */
  readonly index: number
  /** The leaf's exact bytes, as text: canonical JSON. Hash this, never a re-serialisation. */
  readonly text: string
}

export interface EntryQuery {
  /** First index that may be returned. */
  readonly from: number
  /** Only entries below this tree size. */
  readonly below: number
  /** Only entries of this subject (`sub_…`). */
  readonly subject?: string
  /** At most this many, lowest index first. */
  readonly limit: number
}

export interface EntryLog {
  /**
   * Appends all or none, in order, and resolves with their indices once they are durable and a signed checkpoint
   * that covers them is durable with them. Rejects with ERR_LEDGER_UNAVAILABLE when that cannot be promised; after a
   * write error every later append rejects too (the log latches).
   */
  append(entries: readonly Entry[]): Promise<readonly number[]>
  /** The newest durable checkpoint, a signed note (C2SP tlog-checkpoint). */
  checkpoint(): Promise<string>
  read(query: EntryQuery): Promise<readonly LoggedEntry[]>
  /** The first index whose entry's time is at or after `time` (epoch milliseconds); the tree size where there is none. */
  firstSince(time: number): Promise<number>
  /** RFC 6962 §2.1.1 audit path of leaf `index` in the tree of `size` leaves: SHA-256 hashes, leaf's sibling first. */
  inclusion(index: number, size: number): Promise<readonly Uint8Array[]>
  /** RFC 6962 §2.1.2 consistency proof between tree sizes, 0 < `from` ≤ `to`. */
  consistency(from: number, to: number): Promise<readonly Uint8Array[]>
  /**
   * The hashes of tile `number` of `level` (tiles.ts), 32 bytes each: all that the newest checkpoint covers at least,
   * 256 at most. Empty where there is no such tile.
   */
  tile(level: number, number: number): Promise<Uint8Array>
  /** Calls back after each commit with the new tree size. Returns how to stop. */
  onCommit(listener: (size: number) => void): () => void
  /** Whether appends are accepted: false once latched or closed. */
  readonly writable: boolean
  /** How many entries are not durable yet. */
  readonly waiting: number
  close(): Promise<void>
}
