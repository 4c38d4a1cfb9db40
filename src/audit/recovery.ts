// A ledger that went back and says so: what was lost is named by an entry of its own, and by the largest checkpoint that is
// known to have covered it. What that proves, and what it does not: docs/decisions/0018.
import type { Checkpoint } from './checkpoint.ts'
import { equal, leafHash } from './merkle.ts'

export interface Recovery {
  /** The entry that says so. */
  readonly index: number
  /** What it is called by whoever goes along with it (`nameOf`). */
  readonly name: string
  /** When, by that entry; epoch milliseconds. */
  readonly time: number
  readonly reason: string
  /** The index of the first entry that was lost. */
  readonly restored: number
  /** The largest checkpoint known of what was lost; undefined where none is. */
  readonly lost: { readonly size: number; readonly root: Uint8Array } | undefined
  /** A checkpoint that covers the entry, and its note. */
  readonly checkpoint: Checkpoint
  readonly note: string
}

/** A checkpoint that the ledger does not extend any more, or replies that named what is lost; and the recovery that accounts for it. */
export interface Loss {
  readonly recovery: Recovery
  /** Size of the checkpoint, or of the smallest that covers what the replies named. */
  readonly seen: number
  /** Where it comes from, such as `pinned on this machine`. */
  readonly source: string
  /** How many replies; undefined where it is a checkpoint. */
  readonly replies?: number
}

/** Asks whoever reads the ledger, once. Resolves where they go on with it, else rejects with ERR_LEDGER_RECOVERED. */
export type Confirm = (loss: Loss) => Promise<void>

/** `1204:` and 32 hex digits of the entry's hash: where another copy is put back, another entry may stand at the same index. */
export function nameOf(index: number, entry: string): string {
  return `${index}:${Buffer.from(leafHash(entry)).toString('hex', 0, 16)}`
}

/**
 * The newest of the recoveries that accounts for a checkpoint which the ledger does not extend: seen before the recovery (`at`,
 * epoch milliseconds, where that is known), beyond what was restored, and within what it says was lost.
 */
export function recoveryFor(
  recoveries: readonly Recovery[],
  seen: Pick<Checkpoint, 'size' | 'root'>,
  at: number | undefined,
): Recovery | undefined {
  return recoveries.findLast(({ restored, lost, time }) => {
    if (!lost || seen.size <= restored || seen.size > lost.size) return false
    if (seen.size === lost.size && !equal(seen.root, lost.root)) return false
    return at === undefined || at <= time
  })
}
