// What others read of a ledger: files in the layout of https://c2sp.org/tlog-tiles, here made from the log itself.
import type { SluiceError } from '../base/errors.ts'
import { encodeBundle } from './bundle.ts'
import { statedSize } from './checkpoint.ts'
import type { EntryLog, LoggedEntry } from './log.ts'
import { equal, leafHash } from './merkle.ts'
import { HASH_BYTES, parseTilePath, TILE_WIDTH, tileWidth } from './tiles.ts'
import { fault } from './verify/fault.ts'

/** Reads `checkpoint`, `ROTATIONS`, `RECOVERIES`, a `cosignedPath`, or a path as `tilePath` writes it; undefined where there is no such file. */
export type LedgerFiles = (path: string) => Promise<Uint8Array | undefined>

/** The newest note that a witness (its key's 8 hex digits) has cosigned; without one named, the newest of all. */
export type CosignedNotes = (witness?: string) => string | undefined

/** Where the receipts of the key's rotations stand (rotation.ts), a JSON array. */
export const ROTATIONS = 'rotations'
/** Where those of its recoveries stand (recovery-receipts.ts), a JSON array. */
export const RECOVERIES = 'recoveries'

/** Receipts that are served beside the tree; none where they are left out. */
export interface ServedReceipts {
  readonly rotations?: readonly string[]
  readonly recoveries?: readonly string[]
}

/** Where the newest checkpoint stands that a witness has cosigned; without one named, the newest of all. */
export function cosignedPath(witness = 'newest'): string {
  return `cosigned/${witness}`
}

/**
 * The files that the log's newest checkpoint covers; partial tiles of earlier ones too. Rejects with
 * ERR_LEDGER_INVALID, naming the entry, where the log does not hold what its checkpoint covers.
 */
export function filesOf(
  log: EntryLog,
  cosigned: CosignedNotes = () => undefined,
  { rotations = [], recoveries = [] }: ServedReceipts = {},
): LedgerFiles {
  return async (path) => {
    if (path === ROTATIONS) return Buffer.from(JSON.stringify(rotations))
    if (path === RECOVERIES) return Buffer.from(JSON.stringify(recoveries))
    const note = await log.checkpoint()
    if (path === 'checkpoint') return Buffer.from(withCosignatures(note, cosigned()))
    const [, witness] = /^cosigned\/(newest|[0-9a-f]{8})$/.exec(path) ?? []
    if (witness !== undefined) {
      const found = cosigned(witness === 'newest' ? undefined : witness)
      return found === undefined ? undefined : Buffer.from(found)
    }
    const tile = parseTilePath(path)
    if (!tile) return undefined
    const { level, number, width } = tile
    if (tileWidth(level === 'entries' ? 0 : level, number, statedSize(note)) < width) return undefined
    return level === 'entries' ? bundle(log, number, width) : hashes(log, level, number, width)
  }
}

// A note that was cosigned begins with the log's own, word for word.
function withCosignatures(note: string, cosigned: string | undefined): string {
  return cosigned?.startsWith(note) ? cosigned : note
}

async function bundle(log: EntryLog, number: number, width: number): Promise<Uint8Array> {
  const from = number * TILE_WIDTH
  const entries = await log.read({ from, below: from + width, limit: width })
  for (let at = 0; at < width; at++) {
    if (entries[at]?.index !== from + at) throw await gap(log, number, at, entries)
  }
  return encodeBundle(entries.map(({ text }) => text))
}

async function hashes(log: EntryLog, level: number, number: number, width: number): Promise<Uint8Array> {
  const tile = await log.tile(level, number)
  if (tile.length < width * HASH_BYTES)
    throw fault('tile', `the store lacks tile ${level}/${number}, or part of it`)
  return tile.subarray(0, width * HASH_BYTES)
}

// What followed a lost entry may have been moved up, so that the last index is the one that lacks.
async function gap(
  log: EntryLog,
  number: number,
  at: number,
  entries: readonly LoggedEntry[],
): Promise<SluiceError> {
  const tile = await log.tile(0, number)
  const hashOf = (i: number) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)
  const wrong = entries.slice(0, at).findIndex(({ text }, i) => !equal(leafHash(text), hashOf(i)))
  const first = number * TILE_WIDTH
  const lacks = `the store lacks entry ${first + at}`
  if (wrong < 0) return fault('missing', lacks, first + at)
  return fault(
    'missing',
    `${lacks}, and its entry ${first + wrong} is not the one of its hash`,
    first + wrong,
  )
}
