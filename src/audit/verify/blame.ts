// Which entry is wrong, and how: what stands in a bundle against the hashes that the signed root bears out.
import type { SluiceError } from '../../base/errors.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { verifyInclusion } from '../merkle.ts'
import { proveInclusion } from '../prove.ts'
import type { Subtree } from '../prove.ts'
import type { LedgerFiles } from '../published.ts'
import { HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, tilePath, tileWidth } from '../tiles.ts'
import { nodeHash } from '../merkle.ts'
import { checkBundle, rootOf } from './check-bundle.ts'
import type { CheckedBundle } from './check-bundle.ts'
import { fault } from './fault.ts'
import { AbsentTile, readBundle, readTile, withSubtrees } from './tile-files.ts'

/** What is wrong with bundle `number`, which is not there or not as its tile says. */
export async function blame(
  files: LedgerFiles,
  checkpoint: Checkpoint,
  number: number,
  checked: CheckedBundle | undefined,
): Promise<SluiceError> {
  const { size } = checkpoint
  const first = number * TILE_WIDTH
  const width = tileWidth(0, number, size)
  const wanted = await readTile(files, 0, number, size)
  const last = first + width - 1
  if (!checked) {
    const rest = await bundlesAfter(files, number, size)
    if (!rest) return fault('truncated', `entries from ${first} on are missing, up to ${size - 1}`, first)
    return fault('missing', `entries ${first} to ${last} are missing`, first)
  }
  const isSigned = (hashes: Uint8Array) => bearsOut(files, checkpoint, number, hashes)
  if (wanted && (await isSigned(wanted))) {
    const beyond = await firstOf(files, number + 1, size)
    return difference(checked, wanted, first, beyond, !(await bundlesAfter(files, number, size)))
  }
  const path = tilePath(0, number, width)
  if (checked.hashes.length === width * HASH_BYTES && (await isSigned(checked.hashes))) {
    if (checked.flaw) return notAnEntry(first, checked.flaw)
    return fault('tile', `${path} is ${wanted ? 'not that of its entries' : 'missing'}`, first)
  }
  if (!wanted)
    return fault('tile', `${path} is missing, and entries ${first} to ${last} are not those signed`, first)
  const range = `entries ${first} to ${last}`
  return fault('rewritten', `neither ${range} nor their hashes are those signed`, first)
}

/** What is wrong where the hash of a tile's root, or of a bundle's, is not the one a level up, at `index` of `level`. */
export async function blameAbove(
  files: LedgerFiles,
  { size }: Checkpoint,
  level: number,
  index: number,
): Promise<SluiceError> {
  const number = Math.floor(index / TILE_WIDTH)
  const path = tilePath(level, number, tileWidth(level, number, size))
  const first = index * TILE_WIDTH ** level
  const last = Math.min(size, first + TILE_WIDTH ** level) - 1
  if (!(await readTile(files, level, number, size)))
    return fault('tile', `${path} is missing, or too short`, first)
  const range = `entries ${first} to ${last}`
  return fault(
    'rewritten',
    `${range} and their hashes are not those of ${path}: one of the two was made anew`,
    first,
  )
}

/** Whether the signed root holds these hashes as tile 0/`number`. */
async function bearsOut(
  files: LedgerFiles,
  { size, root }: Checkpoint,
  number: number,
  hashes: Uint8Array,
): Promise<boolean> {
  const full = Math.floor(size / TILE_WIDTH)
  const count = Math.ceil(size / TILE_WIDTH)
  try {
    const path = await withSubtrees(files, size, (subtree) => {
      const rest = size % TILE_WIDTH === 0 ? undefined : restOf(subtree, full, size)
      return proveInclusion(number, count, ofBundles(subtree, full, rest))
    })
    // Bundles are the leaves of a tree of their own, of the same root: the last one may be partial.
    return verifyInclusion({ leaf: rootOf(hashes), index: number, size: count, root }, path)
  } catch (thrown) {
    if (thrown instanceof AbsentTile) return false
    throw thrown
  }
}

/** The tree's subtrees by bundles; the last bundle, where it is partial, has the root `rest`. */
function ofBundles(subtree: Subtree, full: number, rest: Uint8Array | undefined): Subtree {
  return function bundles(height, index): Uint8Array {
    const isWhole = rest === undefined || (index + 1) * 2 ** height <= full
    if (isWhole) return subtree(height + TILE_HEIGHT, index)
    return height === 0 ? rest : nodeHash(bundles(height - 1, index * 2), bundles(height - 1, index * 2 + 1))
  }
}

function restOf(subtree: Subtree, full: number, size: number): Uint8Array {
  const leaves = Array.from({ length: size % TILE_WIDTH }, (_, at) => subtree(0, full * TILE_WIDTH + at))
  return rootOf(Buffer.concat(leaves))
}

interface Beyond {
  /** First hash of the next bundle as its tile has it, and as its entries are. */
  readonly wanted: Uint8Array | undefined
  readonly found: Uint8Array | undefined
}

async function firstOf(files: LedgerFiles, number: number, size: number): Promise<Beyond> {
  if (tileWidth(0, number, size) === 0) return { wanted: undefined, found: undefined }
  // What is wrong there is told in its own turn.
  const bytes = await readBundle(files, number, size).catch(() => undefined)
  return {
    wanted: (await readTile(files, 0, number, size))?.subarray(0, HASH_BYTES),
    found: bytes && hashAt(checkBundle(Uint8Array.from(bytes), 1).hashes, 0),
  }
}

async function bundlesAfter(files: LedgerFiles, number: number, size: number): Promise<boolean> {
  const next = number + 1
  if (tileWidth(0, next, size) === 0) return false
  // One that can't be had whole is there.
  return readBundle(files, next, size).then(
    (bytes) => bytes !== undefined,
    () => true,
  )
}

/** The first entry that is not the signed one, by its hashes alone. */
function difference(
  checked: CheckedBundle,
  wanted: Uint8Array,
  first: number,
  beyond: Beyond,
  isLast: boolean,
): SluiceError {
  const found = checked.hashes
  const width = wanted.length / HASH_BYTES
  let at = 0
  while (at < width && same(hashAt(found, at), hashAt(wanted, at))) at++
  const entry = first + at
  if (at === width && checked.flaw) return notAnEntry(first, checked.flaw)
  if (hashAt(found, at) === undefined) {
    const last = first + width - 1
    if (checked.flaw?.at === at) return fault('truncated', `entry ${entry} ${checked.flaw.why}`, entry)
    if (isLast) return fault('truncated', `entries from ${entry} on are missing, up to ${last}`, entry)
    return fault('missing', `entry ${entry} is missing`, entry)
  }
  const here = hashAt(found, at)
  const following = at + 1 < width ? { wanted: hashAt(wanted, at + 1), found: hashAt(found, at + 1) } : beyond
  const movedUp = same(here, following.wanted)
  const movedDown = same(following.found, hashAt(wanted, at))
  if (movedUp && movedDown)
    return fault('reordered', `entries ${entry} and ${entry + 1} have changed places`, entry)
  if (movedUp)
    return fault('missing', `entry ${entry} is missing: what followed it stands in its place`, entry)
  if (movedDown)
    return fault('inserted', `an entry that was never signed stands before entry ${entry}`, entry)
  const elsewhere = indexOf(wanted, here)
  if (elsewhere >= 0)
    return fault('reordered', `entry ${first + elsewhere} stands in the place of entry ${entry}`, entry)
  const flaw = checked.flaw?.at === at ? `, and ${checked.flaw.why}` : ''
  return fault('changed', `entry ${entry} is not the one that was signed${flaw}`, entry)
}

function notAnEntry(first: number, { at, why }: NonNullable<CheckedBundle['flaw']>): SluiceError {
  return fault('not-an-entry', `entry ${first + at} was signed as it is, but ${why}`, first + at)
}

function hashAt(hashes: Uint8Array, at: number): Uint8Array | undefined {
  const hash = hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)
  return hash.length === HASH_BYTES ? hash : undefined
}

function indexOf(hashes: Uint8Array, wanted: Uint8Array | undefined): number {
  for (let at = 0; at * HASH_BYTES < hashes.length; at++) if (same(hashAt(hashes, at), wanted)) return at
  return -1
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
}
