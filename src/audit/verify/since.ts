// From which entry on a ledger has to be read for what happened since a time.
import { decodeBundle } from '../bundle.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { LedgerFiles } from '../published.ts'
import { TILE_WIDTH } from '../tiles.ts'
import { readBundle } from './tile-files.ts'

/** So far may a clock have been set back between two entries. */
const SET_BACK_MS = 10 * 60_000

/** An index below which no entry is of `time` (epoch milliseconds) or later, by what the entries say; found by bisection. */
export async function firstSince(files: LedgerFiles, { size }: Checkpoint, time: number): Promise<number> {
  let low = 0
  let high = Math.ceil(size / TILE_WIDTH)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const began = timeOf(decodeBundle((await readBundle(files, middle, size)) ?? new Uint8Array())[0])
    // What can't be read is for the verification to tell.
    if (Number.isNaN(began)) return 0
    if (began >= time - SET_BACK_MS) high = middle
    else low = middle + 1
  }
  return Math.max(0, low - 1) * TILE_WIDTH
}

/** The time that an entry's text says, in epoch milliseconds; NaN where it says none. */
function timeOf(text: string | undefined): number {
  try {
    const { time } = JSON.parse(text ?? '') as { time?: unknown }
    return typeof time === 'string' ? Date.parse(time) : NaN
  } catch {
    return NaN
  }
}
