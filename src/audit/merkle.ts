// The Merkle tree of RFC 6962 §2.1: leaves, inner nodes, the root of a growing tree; and proofs verified as RFC 9162
// §2.1.3.2 and §2.1.4.2 say.
import { hash } from 'node:crypto'

/** The root of a tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = hash('sha256', '', 'buffer')

/** SHA-256(0x00 ‖ UTF-8 of `text`), 32 bytes. */
export function leafHash(text: string): Uint8Array {
  return digest(`\0${text}`)
}

// Hashing is synchronous, so one buffer serves every inner node.
const node = new Uint8Array(65)
node[0] = 1

/** SHA-256(0x01 ‖ left ‖ right), 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1)
  node.set(right, 33)
  return digest(node)
}

// A digest that comes as a buffer of its own costs twice as much as one that is copied out of a string.
function digest(bytes: string | Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary')
  const copied = new Uint8Array(32)
  for (let at = 0; at < 32; at++) copied[at] = text.charCodeAt(at)
  return copied
}

/** The right edge of a growing tree: one hash per perfect subtree, so an append costs one inner node on average. */
export class Frontier {
  size: number
  /** By height: the perfect subtree's hash, where the size has that bit. */
  private readonly subtrees: Uint8Array[]

  /** `subtree(height, index)` gives the complete subtrees of a tree that exists already. */
  constructor(size = 0, subtree?: (height: number, index: number) => Uint8Array) {
    this.size = size
    this.subtrees = []
    for (let height = 0, rest = size; rest > 0; height++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1 && subtree) this.subtrees[height] = subtree(height, rest - 1)
    }
  }

  /** Adds a leaf's hash; `completed` hears of every subtree that it completes, the leaf itself (height 0) first. */
  append(leaf: Uint8Array, completed?: (height: number, hash: Uint8Array) => void): void {
    let height = 0
    let top = leaf
    completed?.(0, top)
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      top = nodeHash(this.subtrees[height] as Uint8Array, top)
      height++
      completed?.(height, top)
    }
    this.subtrees[height] = top
    this.size++
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined
    for (let height = 0, rest = this.size; rest > 0; height++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue
      const subtree = this.subtrees[height] as Uint8Array
      root = root === undefined ? subtree : nodeHash(subtree, root)
    }
    return root ?? EMPTY_ROOT
  }
}

export interface InclusionClaim {
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly root: Uint8Array
}

/** Whether `path` proves that the leaf stands at `index` in the tree of `size` leaves with that root. */
export function verifyInclusion(claim: InclusionClaim, path: readonly Uint8Array[]): boolean {
  if (!isIndexBelow(claim.index, claim.size) || !path.every(isHash)) return false
  let at = claim.index
  let last = claim.size - 1
  let root = claim.leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      root = nodeHash(sibling, root)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      root = nodeHash(root, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 && equal(root, claim.root)
}

export interface ConsistencyClaim {
  readonly from: number
  readonly fromRoot: Uint8Array
  readonly to: number
  readonly toRoot: Uint8Array
}

/** Whether `path` proves that the tree of `to` leaves begins with that of `from`. Anything extends the empty tree. */
export function verifyConsistency(claim: ConsistencyClaim, path: readonly Uint8Array[]): boolean {
  const { from, to } = claim
  if (!isIndexBelow(from, to + 1) || !path.every(isHash)) return false
  if (from === 0) return path.length === 0 && equal(claim.fromRoot, EMPTY_ROOT)
  if (from === to) return path.length === 0 && equal(claim.fromRoot, claim.toRoot)
  const proof = isPowerOfTwo(from) ? [claim.fromRoot, ...path] : [...path]
  const first = proof.shift()
  if (first === undefined) return false
  let at = from - 1
  let last = to - 1
  while (at % 2 === 1) [at, last] = [half(at), half(last)]
  let fromRoot = first
  let toRoot = first
  for (const sibling of proof) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      fromRoot = nodeHash(sibling, fromRoot)
      toRoot = nodeHash(sibling, toRoot)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      toRoot = nodeHash(toRoot, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 && equal(fromRoot, claim.fromRoot) && equal(toRoot, claim.toRoot)
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

// Sizes go beyond 32 bits, where JavaScript's shifts end.
function half(value: number): number {
  return Math.floor(value / 2)
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value
}

function isIndexBelow(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size
}

function isHash(value: Uint8Array): boolean {
  return value.length === 32
}
