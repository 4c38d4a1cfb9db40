// One bundle of entries looked through: each entry's spelling, its hash, and the hash of the tree over them.
import { hash } from 'node:crypto'
import { HASH_BYTES } from '../tiles.ts'
import { entryFlaw } from './entry-flaw.ts'

export interface CheckedBundle {
  /** The leaf hashes of the entries that there are, 32 bytes each. */
  readonly hashes: Uint8Array
  /** The root of the tree over them. */
  readonly root: Uint8Array
  /** The first entry, counted from 0 in this bundle, that is none, and what is wrong with it as a predicate. */
  readonly flaw?: { readonly at: number; readonly why: string } | undefined
}

/** Looks at the first `width` entries, or at fewer where there are fewer. The bytes are used up: their lengths are overwritten. */
export type CheckBundle = (bytes: Uint8Array, width: number) => Promise<CheckedBundle>

export function checkBundle(bytes: Uint8Array, width: number): CheckedBundle {
  const hashes = Buffer.alloc(width * HASH_BYTES)
  let flaw: CheckedBundle['flaw']
  let count = 0
  for (let at = 0; at < bytes.length && count < width; count++) {
    const from = at + 2
    const to = from + (((bytes[at] as number) << 8) | (bytes[at + 1] as number))
    if (!(to <= bytes.length)) {
      flaw ??= { at: count, why: 'is cut off' }
      break
    }
    const why = flaw ? undefined : entryFlaw(bytes, from, to)
    if (why !== undefined) flaw = { at: count, why }
    // A leaf is hashed behind a zero byte (RFC 6962 §2.1): the length has stood there, and has been read.
    bytes[from - 1] = 0
    digestInto(hashes, count * HASH_BYTES, bytes.subarray(from - 1, to))
    at = to
  }
  const found = hashes.subarray(0, count * HASH_BYTES)
  return { hashes: found, root: rootOf(found), flaw }
}

const node = new Uint8Array(1 + 2 * HASH_BYTES)
node[0] = 1

/** The root of the tree whose leaves, or complete subtrees of one height and at last a smaller one, have these hashes. */
export function rootOf(hashes: Uint8Array): Uint8Array {
  if (hashes.length === 0) return hash('sha256', '', 'buffer')
  let level = Buffer.from(hashes)
  while (level.length > HASH_BYTES) {
    const above = Buffer.alloc(Math.ceil(level.length / 2 / HASH_BYTES) * HASH_BYTES)
    let to = 0
    let from = 0
    for (; from + 2 * HASH_BYTES <= level.length; from += 2 * HASH_BYTES, to += HASH_BYTES) {
      node.set(level.subarray(from, from + 2 * HASH_BYTES), 1)
      digestInto(above, to, node)
    }
    // One that has no neighbour stands for itself a level up.
    if (from < level.length) level.copy(above, to, from)
    level = above
  }
  return level
}

// Made as a string and then written, a digest costs half of one that comes as a buffer of its own.
function digestInto(target: Buffer, at: number, bytes: Uint8Array): void {
  target.write(hash('sha256', bytes, 'binary'), at, 'latin1')
}
