// The tree's growing edge while a store writes it: the frontier for the root, and the last tile of each level.
import { Frontier, leafHash } from '../../audit/merkle.ts'
import { HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, subtreesOf, tileWidth } from '../../audit/tiles.ts'
import type { ReadTile } from '../../audit/tiles.ts'

interface LastTile {
  number: number
  width: number
  readonly hashes: Uint8Array
  changed: boolean
}

export type PutTile = (level: number, number: number, hashes: Uint8Array) => void

export class TreeWriter {
  private readonly frontier: Frontier
  private readonly last: LastTile[] = []
  private readonly putTile: PutTile

  /** Goes on from a tree of `size` leaves in stored tiles. `putTile` inserts or replaces; its bytes are only lent. */
  constructor(size: number, readTile: ReadTile, putTile: PutTile) {
    this.frontier = new Frontier(size, subtreesOf(readTile))
    this.putTile = putTile
    for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
      const number = Math.floor(hashes / TILE_WIDTH)
      const width = tileWidth(level, number, size)
      const tile = { number, width, hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES), changed: false }
      if (width > 0) tile.hashes.set(readTile(level, number).subarray(0, width * HASH_BYTES))
      this.last.push(tile)
    }
  }

  get size(): number {
    return this.frontier.size
  }

  append(text: string): void {
    this.frontier.append(leafHash(text), this.completed)
  }

  root(): Uint8Array {
    return this.frontier.root()
  }

  /** Hands every partial tile that has grown to `putTile`; full ones went as they filled. */
  flush(): void {
    for (const [level, tile] of this.last.entries()) {
      if (!tile.changed) continue
      this.putTile(level, tile.number, tile.hashes.subarray(0, tile.width * HASH_BYTES))
      tile.changed = false
    }
  }

  private readonly completed = (height: number, hash: Uint8Array): void => {
    if (height % TILE_HEIGHT !== 0) return
    const level = height / TILE_HEIGHT
    const tile = (this.last[level] ??= {
      number: 0,
      width: 0,
      hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES),
      changed: false,
    })
    tile.hashes.set(hash, tile.width * HASH_BYTES)
    tile.changed = true
    if (++tile.width < TILE_WIDTH) return
    this.putTile(level, tile.number, tile.hashes)
    tile.number++
    tile.width = 0
    tile.changed = false
  }
}
