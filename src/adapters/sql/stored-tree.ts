// A stored tree, checked before anyone goes on from it: its checkpoint signs it, and it extends what was acknowledged.
import { openCheckpoint } from '../../audit/checkpoint.ts'
import { equal } from '../../audit/merkle.ts'
import { keyIdOf, signaturesOf, verifierOf } from '../../audit/note.ts'
import type { Signer } from '../../audit/note.ts'
import { proveRoot } from '../../audit/prove.ts'
import { HASH_BYTES, TILE_WIDTH, subtreesOf, tileWidth } from '../../audit/tiles.ts'
import type { ReadTile } from '../../audit/tiles.ts'
import { SluiceError } from '../../base/errors.ts'
import { TreeWriter } from './tree-writer.ts'
import type { PutTile } from './tree-writer.ts'

/** What is stored is not what was acknowledged: an older copy, another branch. */
export class Diverged extends Error {
  /** The checkpoint that was acknowledged, and the one that was found. */
  readonly acknowledged: string
  readonly note: string

  constructor(why: string, acknowledged: string, note: string) {
    super(why)
    this.acknowledged = acknowledged
    this.note = note
  }
}

/**
 * Goes on from the stored tree of `size` leaves. Throws ERR_LEDGER_INVALID where it is not the one that `note` signs,
 * ERR_STORE where another key has taken over there, unless by `besides`, the rotation whose fate is being found out.
 */
export function openTree(
  { size, note }: { readonly size: number; readonly note: string | undefined },
  signer: Signer,
  readTile: ReadTile,
  putTile: PutTile,
  besides?: string,
): TreeWriter {
  try {
    const tree = new TreeWriter(size, readTile, putTile)
    const signed = note === undefined ? undefined : openCheckpoint(note, verifierOf(signer.vkey))
    if (note === undefined ? size === 0 : signed?.size === size && equal(signed.root, tree.root())) {
      refuseReplaced(signer, note ?? '', besides)
      return tree
    }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
  }
  const message = `The stored ledger of ${size} entries is not the one that its checkpoint signs.`
  throw new SluiceError('ERR_LEDGER_INVALID', message, {
    nextSteps: ['Restore the store from a backup; keep the damaged one as evidence.'],
  })
}

// Of the two that sign where a key is rotated the new one comes last.
function refuseReplaced({ name, vkey }: Signer, note: string, besides: string | undefined): void {
  const last = signaturesOf(note).findLast((signature) => signature.name === name)
  if (last === undefined || last.id === keyIdOf(vkey)) return
  if (besides !== undefined && signaturesOf(besides).some(({ line }) => line === last.line)) return
  const what = `key ${last.id} has replaced key ${keyIdOf(vkey)}, which this gateway has`
  throw new SluiceError('ERR_STORE', `The ledger's signing key was rotated: ${what}.`, {
    nextSteps: ['Copy the new key from where sluice gateway rotate-key was run.'],
  })
}

/** Throws Diverged where the stored tree (of `size` leaves, signed by `note`) does not begin with the acknowledged one. */
export function mustExtend(
  acknowledged: string,
  { size, note }: { readonly size: number; readonly note: string },
  signer: Signer,
  readTile: ReadTile,
): void {
  const before = openCheckpoint(acknowledged, verifierOf(signer.vkey))
  if (!before || before.size === 0) return
  if (before.size > size)
    throw new Diverged(`it holds ${size} entries, but ${before.size} were acknowledged`, acknowledged, note)
  const root = rootOf(before.size, readTile)
  if (root && equal(before.root, root)) return
  const why = root ? 'are not those that were acknowledged' : 'lack some of their hashes'
  throw new Diverged(`its first ${before.size} entries ${why}`, acknowledged, note)
}

/** Undefined where a tile that it takes is not there, or too short. */
function rootOf(size: number, readTile: ReadTile): Uint8Array | undefined {
  try {
    return proveRoot(size, subtreesOf(readTile))
  } catch (cause) {
    if (cause instanceof RangeError) return undefined
    throw cause
  }
}

/** The tiles by which the edge of a tree of `size` leaves is known: the last of each level. */
export function edgeTiles(size: number): { level: number; number: number }[] {
  const edge: { level: number; number: number }[] = []
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const number = Math.floor(hashes / TILE_WIDTH)
    if (tileWidth(level, number, size) > 0) edge.push({ level, number })
  }
  return edge
}

/** Tiles that were read before; throws RangeError for any other. */
export function tilesRead(tiles: readonly { level: number; number: number; hashes: Uint8Array }[]): ReadTile {
  const known = new Map(tiles.map(({ level, number, hashes }) => [`${level}/${number}`, hashes]))
  return (level, number) => {
    const hashes = known.get(`${level}/${number}`)
    if (!hashes || hashes.length < HASH_BYTES) throw new RangeError(`tile ${level}/${number} is not stored`)
    return hashes
  }
}
