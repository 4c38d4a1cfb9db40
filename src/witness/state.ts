// The state port: the newest checkpoint of each log that this witness has cosigned.

export interface Seen {
  readonly size: number
  readonly root: Uint8Array
  /** The log's note, kept as evidence. */
  readonly note: string
}

export interface WitnessState {
  /** What was cosigned last of the log; undefined where nothing was yet. */
  latest(origin: string): Seen | undefined
  /**
   * Replaces it where it is still of size `from` (0: where there is none yet), and tells whether it was. On return it
   * is durable. Throws ERR_STORE where that cannot be promised.
   */
  advance(origin: string, from: number, to: Seen): boolean
  close(): void
}
