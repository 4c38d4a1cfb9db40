import fc from 'fast-check'
import t from 'tap'
import { Frontier, leafHash, verifyConsistency, verifyInclusion } from '../../src/audit/merkle.ts'
import { proveConsistency, proveInclusion, proveRoot } from '../../src/audit/prove.ts'
import { subtreesOf } from '../../src/audit/tiles.ts'
import { TreeWriter } from '../../src/adapters/sql/tree-writer.ts'
import { paperRoot, paperSubtree } from '../support/paper-ledger.ts'

const leaves = Array.from({ length: 70 }, (_, at) => leafHash(`leaf ${at}`))
const sizes = fc.integer({ min: 1, max: leaves.length })
const root = (size: number) => paperRoot(leaves.slice(0, size))

/** One bit of one hash flipped, two hashes swapped, one dropped, one doubled: whatever applies. */
const damages: ((path: Uint8Array[], at: number) => Uint8Array[] | undefined)[] = [
  (path, at) => path.map((hash, i) => (i === at % path.length ? flip(hash, at) : hash)),
  (path, at) => (path.length < 2 ? undefined : swap(path, at % (path.length - 1))),
  (path, at) => (path.length < 1 ? undefined : path.toSpliced(at % path.length, 1)),
  (path, at) => path.toSpliced(at % (path.length + 1), 0, path[at % path.length] ?? leafHash('more')),
]

t.test('every inclusion verifies, and nothing else does', async () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), fc.nat(), (size, a, b, c) => {
      const index = a % size
      const path = proveInclusion(index, size, paperSubtree(leaves))
      const claim = { leaf: leaves[index] as Uint8Array, index, size, root: root(size) }
      if (!verifyInclusion(claim, path)) return false
      if (verifyInclusion({ ...claim, leaf: flip(claim.leaf, b) }, path)) return false
      if (verifyInclusion({ ...claim, root: flip(claim.root, b) }, path)) return false
      if (size > 1 && verifyInclusion({ ...claim, index: (index + 1 + (b % (size - 1))) % size }, path))
        return false
      const damaged = damages[b % damages.length]?.(path, c)
      return damaged === undefined || same(damaged, path) || !verifyInclusion(claim, damaged)
    }),
    { seed: 6962, numRuns: 1000 },
  )
})

t.test('every extension verifies as consistent, and nothing else does', async () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), fc.nat(), (to, a, b, c) => {
      const from = 1 + (a % to)
      const path = proveConsistency(from, to, paperSubtree(leaves))
      const claim = { from, fromRoot: root(from), to, toRoot: root(to) }
      if (!verifyConsistency(claim, path)) return false
      if (verifyConsistency({ ...claim, fromRoot: flip(claim.fromRoot, b) }, path)) return false
      if (verifyConsistency({ ...claim, toRoot: flip(claim.toRoot, b) }, path)) return false
      const damaged = damages[b % damages.length]?.(path, c)
      return damaged === undefined || same(damaged, path) || !verifyConsistency(claim, damaged)
    }),
    { seed: 6962, numRuns: 1000 },
  )
})

t.test(
  'a tree written in any batches has the same tiles, root and proofs, and goes on from its tiles',
  async () => {
    const many = Array.from({ length: 66_000 }, (_, at) => `entry ${at}`)
    const tiles = new Map<string, Uint8Array>()
    const read = (level: number, number: number) => {
      const tile = tiles.get(`${level}/${number}`)
      if (!tile) throw new RangeError(`no tile ${level}/${number}`)
      return tile
    }
    const put = (level: number, number: number, hashes: Uint8Array) =>
      void tiles.set(`${level}/${number}`, hashes.slice())
    const whole = new Frontier()
    let tree = new TreeWriter(0, read, put)
    // Batches around the borders of tiles and of the second level; after each the writer starts anew, as after a crash.
    for (const end of [1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_000]) {
      for (const text of many.slice(tree.size, end)) {
        tree.append(text)
        whole.append(leafHash(text))
      }
      tree.flush()
      tree = new TreeWriter(end, read, put)
      t.same(tree.root(), whole.root(), `root of ${end}`)
      const subtree = subtreesOf(read)
      t.same(proveRoot(end, subtree), whole.root())
      for (const index of new Set([0, end >> 1, end - 1])) {
        const claim = { leaf: leafHash(many[index] ?? ''), index, size: end, root: whole.root() }
        t.ok(verifyInclusion(claim, proveInclusion(index, end, subtree)), `${index} in ${end}`)
      }
    }
    t.equal(tiles.get('2/0')?.length, 32, 'one full tile of the second level, seen from the third')
  },
)

function flip(hash: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(hash)
  copy[at % 32] = (copy[at % 32] ?? 0) ^ (1 << (at % 8))
  return copy
}

function swap(path: Uint8Array[], at: number): Uint8Array[] {
  return path.toSpliced(at, 2, path[at + 1] as Uint8Array, path[at] as Uint8Array)
}

function same(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return Buffer.concat(a).equals(Buffer.concat(b))
}
