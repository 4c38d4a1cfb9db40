// The right edge of a tree in tiles: per level the hashes since its last full tile, from which root and tiles follow.
import { HASH_BYTES, TILE_WIDTH } from '../tiles.ts'
import { rootOf } from './check-bundle.ts'

export class TileStack {
  /** By level, from 1: each a full bundle's root, a full tile's root, and so on. */
  private readonly levels: Uint8Array[][] = []

  /** `edge` gives the hashes since the last full tile of a level (1, 2, …) in a tree that exists already; undefined above its top. */
  constructor(edge: (level: number) => Uint8Array | undefined = () => undefined) {
    for (let level = 1, hashes = edge(1); hashes; level++, hashes = edge(level)) {
      const row: Uint8Array[] = []
      for (let at = 0; at < hashes.length; at += HASH_BYTES) row.push(hashes.subarray(at, at + HASH_BYTES))
      this.levels.push(row)
    }
  }

  /** Adds a full bundle's root; `completed` hears of each hash that this adds to a level, lowest first. */
  push(root: Uint8Array, completed: (level: number, hash: Uint8Array) => void): void {
    let hash = root
    for (let level = 1; ; level++) {
      const row = (this.levels[level - 1] ??= [])
      row.push(hash)
      completed(level, hash)
      if (row.length < TILE_WIDTH) return
      hash = rootOf(Buffer.concat(row))
      row.length = 0
    }
  }

  /** The whole tree's root, with `rest` as the root of the leaves after the last full bundle. */
  root(rest?: Uint8Array): Uint8Array {
    let right = rest
    for (const row of this.levels) {
      const nodes = right ? [...row, right] : row
      if (nodes.length > 0) right = rootOf(Buffer.concat(nodes))
    }
    return right ?? rootOf(new Uint8Array())
  }
}
