// Tiles and bundles read from a ledger's files, with a full tile in the place of a partial one that is kept no more.
import type { LedgerFiles } from '../published.ts'
import type { Subtree } from '../prove.ts'
import { HASH_BYTES, TILE_WIDTH, subtreesOf, tilePath, tileWidth } from '../tiles.ts'

/** Bytes of the entries that a tree of `size` has in the bundle, maybe followed by more; undefined where there are none. */
export async function readBundle(
  files: LedgerFiles,
  number: number,
  size: number,
): Promise<Uint8Array | undefined> {
  const width = tileWidth(0, number, size)
  const partial = await files(tilePath('entries', number, width))
  return partial ?? (width < TILE_WIDTH ? files(tilePath('entries', number)) : undefined)
}

/** The hashes that a tree of `size` has in the tile; undefined where they are not there, or too few. */
export async function readTile(
  files: LedgerFiles,
  level: number,
  number: number,
  size: number,
): Promise<Uint8Array | undefined> {
  const width = tileWidth(level, number, size)
  const partial = await files(tilePath(level, number, width))
  const found = partial ?? (width < TILE_WIDTH ? await files(tilePath(level, number)) : undefined)
  const exact =
    found && (partial ? found.length === width * HASH_BYTES : found.length === TILE_WIDTH * HASH_BYTES)
  return exact ? found.subarray(0, width * HASH_BYTES) : undefined
}

/** A tile that a proof needs is not there. */
export class AbsentTile extends Error {
  readonly path: string

  constructor(path: string) {
    super(`${path} is missing`)
    this.path = path
  }
}

/** What `work` makes of a tree's subtrees, once the tiles that it asks for are read. Rejects with AbsentTile where one is not there. */
export async function withSubtrees<T>(
  files: LedgerFiles,
  size: number,
  work: (subtree: Subtree) => T,
): Promise<T> {
  const tiles = new Map<string, Uint8Array>()
  for (;;) {
    let wanted: { level: number; number: number; path: string } | undefined
    const subtree = subtreesOf((level, number) => {
      const path = tilePath(level, number, tileWidth(level, number, size))
      const tile = tiles.get(path)
      if (tile) return tile
      wanted = { level, number, path }
      throw new AbsentTile(path)
    })
    try {
      return work(subtree)
    } catch (thrown) {
      if (!(thrown instanceof AbsentTile) || !wanted) throw thrown
      const { level, number, path } = wanted
      const tile = await readTile(files, level, number, size)
      if (!tile) throw thrown
      tiles.set(path, tile)
    }
  }
}
