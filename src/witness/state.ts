// The state port: the newest checkpoint of each log that this witness has cosigned.

export interface Seen {
  readonly size: number
  readonly root: Uint8Array
  /** The log's note, kept as evidence. */
  readonly note: string
  /** When it was cosigned first (epoch milliseconds); undefined for what an earlier version cosigned. */
  readonly time?: number | undefined
}

/** An entry by which a log tells what it lost. */
export interface RecoveryEntry {
  readonly index: number
  /** Epoch milliseconds. */
  readonly time: number
}

export interface WitnessState {
  /** What was cosigned last of the log; undefined where nothing was yet. */
  latest(origin: string): Seen | undefined
  /**
   * Replaces it where it is still of size `from` (0: where there is none yet), and tells whether it was. On return it
   * is durable. Throws ERR_STORE where that cannot be promised.
   */
  advance(origin: string, from: number, to: Seen): boolean
  /** Goes on from `to`, which has the entry, whatever was cosigned last; keeps that as evidence. Durable, or ERR_STORE, as above. */
  startAgain(origin: string, entry: RecoveryEntry, to: Seen): void
  /** Whether it did, by that entry, before. */
  hasStartedAgain(origin: string, entry: RecoveryEntry): boolean
  close(): void
}
