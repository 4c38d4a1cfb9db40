// Audit paths and consistency proofs (RFC 6962 §2.1.1, §2.1.2), from whatever holds the tree's complete subtrees.
import { EMPTY_ROOT, nodeHash } from './merkle.ts'

/** The hash of the complete subtree of 2^height leaves that starts at leaf index · 2^height. */
export type Subtree = (height: number, index: number) => Uint8Array

/** The root of the first `size` leaves. */
export function proveRoot(size: number, subtree: Subtree): Uint8Array {
  return size === 0 ? EMPTY_ROOT : hashOf(0, size, subtree)
}

/** The audit path of leaf `index` in the tree of `size` leaves, the leaf's sibling first; else RangeError. */
export function proveInclusion(index: number, size: number, subtree: Subtree): Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const path: Uint8Array[] = []
  let low = 0
  let high = size
  while (high - low > 1) {
    const middle = low + splitOf(high - low)
    if (index < middle) {
      path.push(hashOf(middle, high, subtree))
      high = middle
    } else {
      path.push(hashOf(low, middle, subtree))
      low = middle
    }
  }
  return path.reverse()
}

/** The proof that the tree of `to` leaves begins with the tree of `from`; 0 < `from` ≤ `to`, else RangeError. */
export function proveConsistency(from: number, to: number, subtree: Subtree): Uint8Array[] {
  if (!(from > 0 && from <= to)) throw new RangeError(`no consistency proof from ${from} to ${to}`)
  const path: Uint8Array[] = []
  let low = 0
  let high = to
  // Each split leaves one side behind: right of the old tree, or within it. Where nothing was left within it, the
  // reader holds the last hash already: it is the old root.
  while (from !== high) {
    const middle = low + splitOf(high - low)
    if (from <= middle) {
      path.push(hashOf(middle, high, subtree))
      high = middle
    } else {
      path.push(hashOf(low, middle, subtree))
      low = middle
    }
  }
  if (low > 0) path.push(hashOf(low, high, subtree))
  return path.reverse()
}

/** The hash of leaves `low` to `high`, where `low` is a multiple of the largest power of two below the length. */
function hashOf(low: number, high: number, subtree: Subtree): Uint8Array {
  const length = high - low
  const split = splitOf(length)
  if (length === 1 || split * 2 === length) return subtree(Math.log2(length), low / length)
  return nodeHash(hashOf(low, low + split, subtree), hashOf(low + split, high, subtree))
}

/** The largest power of two smaller than `length`; 1 for 1. */
function splitOf(length: number): number {
  let split = 1
  while (split * 2 < length) split *= 2
  return split
}
