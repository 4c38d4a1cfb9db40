// The tree cut into tiles of 256 hashes, after https://c2sp.org/tlog-tiles: which tile holds what, and under which path.
import { nodeHash } from './merkle.ts'
import type { Subtree } from './prove.ts'

export const TILE_WIDTH = 256
export const HASH_BYTES = 32

const HIGHEST_LEVEL = 63

/** Levels of the tree between two levels of tiles. */
export const TILE_HEIGHT = 8

/** The tile's hashes, 32 bytes each, as many as there are so far; throws where there is no such tile. */
export type ReadTile = (level: number, number: number) => Uint8Array

/**
 * Complete subtrees, worked out from tiles. They never change, so up to `remember` inner nodes are kept between calls.
 * Throws RangeError for a subtree that the tiles don't cover.
 */
export function subtreesOf(readTile: ReadTile, remember = 16_384): Subtree {
  const known = new Map<number, Uint8Array>()
  let tiles = new Map<string, Uint8Array>()

  function subtree(height: number, index: number): Uint8Array {
    const key = height * 2 ** 46 + index
    const seen = known.get(key)
    if (seen) return seen
    const found =
      height % TILE_HEIGHT === 0
        ? stored(height / TILE_HEIGHT, index)
        : nodeHash(subtree(height - 1, index * 2), subtree(height - 1, index * 2 + 1))
    if (known.size >= remember) known.clear()
    known.set(key, found)
    return found
  }

  function stored(level: number, index: number): Uint8Array {
    const number = Math.floor(index / TILE_WIDTH)
    const offset = (index % TILE_WIDTH) * HASH_BYTES
    const name = `${level}/${number}`
    let tile = tiles.get(name)
    // A remembered tile may have been partial then and hold more now.
    if (tile === undefined || tile.length < offset + HASH_BYTES) {
      tile = readTile(level, number)
      if (tiles.size >= 64) tiles = new Map()
      tiles.set(name, tile)
    }
    if (tile.length < offset + HASH_BYTES) throw new RangeError(`tile ${name} has no hash ${index}`)
    return tile.subarray(offset, offset + HASH_BYTES)
  }

  return subtree
}

/** `tile/0/x001/067`, with `.p/<width>` for a partial tile (width 1 to 255). `entries` names the bundles of leaves. */
export function tilePath(level: number | 'entries', number: number, width = TILE_WIDTH): string {
  const groups = [String(number % 1000).padStart(3, '0')]
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  }
  return `tile/${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

export interface TileName {
  readonly level: number | 'entries'
  readonly number: number
  /** 1 to 256. */
  readonly width: number
}

/** The tile that a path names; undefined for one that is not spelled as `tilePath` spells it. */
export function parseTilePath(path: string): TileName | undefined {
  const match = /^tile\/(\d{1,2}|entries)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!match) return undefined
  const [, row = '', groups = '', partial] = match
  const level = row === 'entries' ? row : Number(row)
  const number = Number(groups.replace(/\D/g, ''))
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  const isOne =
    (level === 'entries' || level <= HIGHEST_LEVEL) &&
    width >= 1 &&
    (partial === undefined || width < TILE_WIDTH)
  return isOne && tilePath(level, number, width) === path ? { level, number, width } : undefined
}

/** How many hashes tile `number` of `level` holds in a tree of `size` leaves: 0 to 256. */
export function tileWidth(level: number, number: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level)
  return Math.max(0, Math.min(TILE_WIDTH, hashes - number * TILE_WIDTH))
}
