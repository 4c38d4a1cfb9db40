// What others read of a ledger: files in the layout of https://c2sp.org/tlog-tiles, here made from the log itself.
import { SluiceError } from '../base/errors.ts'
import { encodeBundle } from './bundle.ts'
import { statedSize } from './checkpoint.ts'
import type { EntryLog } from './log.ts'
import { HASH_BYTES, parseTilePath, TILE_WIDTH, tileWidth } from './tiles.ts'

/** Reads `checkpoint` or a path as `tilePath` writes it; undefined where there is no such file. */
export type LedgerFiles = (path: string) => Promise<Uint8Array | undefined>

/**
 * The files that the log's newest checkpoint covers; partial tiles of earlier ones too. Rejects with
 * ERR_LEDGER_INVALID, naming the entry, where the log does not hold what its checkpoint covers.
 */
export function filesOf(log: EntryLog): LedgerFiles {
  return async (path) => {
    const note = await log.checkpoint()
    if (path === 'checkpoint') return Buffer.from(note)
    const tile = parseTilePath(path)
    if (!tile) return undefined
    const { level, number, width } = tile
    if (tileWidth(level === 'entries' ? 0 : level, number, statedSize(note)) < width) return undefined
    return level === 'entries' ? bundle(log, number, width) : hashes(log, level, number, width)
  }
}

async function bundle(log: EntryLog, number: number, width: number): Promise<Uint8Array> {
  const from = number * TILE_WIDTH
  const entries = await log.read({ from, below: from + width, limit: width })
  for (let at = 0; at < width; at++) {
    if (entries[at]?.index !== from + at) throw lost(`entry ${from + at} is missing`)
  }
  return encodeBundle(entries.map(({ text }) => text))
}

async function hashes(log: EntryLog, level: number, number: number, width: number): Promise<Uint8Array> {
  const tile = await log.tile(level, number)
  if (tile.length < width * HASH_BYTES) throw lost(`tile ${level}/${number} is missing, or too short`)
  return tile.subarray(0, width * HASH_BYTES)
}

function lost(what: string): SluiceError {
  return new SluiceError(
    'ERR_LEDGER_INVALID',
    `The ledger does not hold what its checkpoint covers: ${what}.`,
    {
      nextSteps: ['Keep the store as evidence, and restore one that is whole from a backup.'],
    },
  )
}
