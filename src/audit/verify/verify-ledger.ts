// A whole ledger, or its end, verified from its files: every entry, every hash over it, the signature, and the anchors.
import type { SluiceError } from '../../base/errors.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { equal, verifyConsistency } from '../merkle.ts'
import { proveConsistency } from '../prove.ts'
import type { LedgerFiles } from '../published.ts'
import { HASH_BYTES, TILE_WIDTH, tileWidth } from '../tiles.ts'
import { blame, blameAbove } from './blame.ts'
import { rootOf } from './check-bundle.ts'
import type { CheckBundle, CheckedBundle } from './check-bundle.ts'
import { fault } from './fault.ts'
import { AbsentTile, readBundle, readTile, withSubtrees } from './tile-files.ts'
import { TileStack } from './tile-stack.ts'
import { contradicts, heldAgainst, trustedCheckpoint } from './trust.ts'
import type { SeenCheckpoint, Trust } from './trust.ts'

export interface VerifyOptions extends Trust {
  readonly files: LedgerFiles
  /** Reads and hashes one bundle: here, or in a thread. */
  readonly check: CheckBundle
  /** The first entry that has to be looked at; those before it are covered by their hashes alone. 0 where left out. */
  readonly from?: (checkpoint: Checkpoint) => Promise<number>
  /** Sees each bundle's bytes before they are checked, in any order; `first` is the index of its first entry. */
  readonly onBundle?: (first: number, bytes: Uint8Array) => void
  readonly onProgress?: (done: number, of: number) => void
}

export interface VerifiedLedger {
  /** The ledger's newest checkpoint as it was read, and what it says. */
  readonly note: string
  readonly checkpoint: Checkpoint
  /** Entries from here on were looked at, without a gap. */
  readonly from: number
  /** Whether the checkpoint's signature was verified by a key from outside. */
  readonly isSigned: boolean
  /** The newest checkpoint from outside that the ledger extends; none of size 0. */
  readonly anchor: SeenCheckpoint | undefined
}

/** So many bundles are read ahead. */
const AHEAD = 12

/** Rejects with ERR_LEDGER_INVALID at what is wrong first: its details name the fault and the entry. */
export async function verifyLedger(options: VerifyOptions): Promise<VerifiedLedger> {
  const { files, vkey } = options
  const bytes = await files('checkpoint')
  if (!bytes) throw fault('checkpoint', 'there is no checkpoint')
  const note = Buffer.from(bytes).toString()
  const checkpoint = trustedCheckpoint(note, vkey)
  const held = heldAgainst(options, checkpoint)
  await confirmed(
    options,
    held.filter(({ size }) => size > checkpoint.size),
  )
  const anchors = held.filter(({ size }) => size <= checkpoint.size)
  const wanted = (await options.from?.(checkpoint)) ?? 0
  const first = Math.floor(Math.min(wanted, Math.max(0, checkpoint.size - 1)) / TILE_WIDTH)
  const walk = new Walk(options, checkpoint, anchors)
  await walk.go(first)
  await confirmed(options, walk.lost)
  const anchor = anchors.filter((seen) => seen.size > 0 && !seen.isItsOwn && !walk.lost.includes(seen)).at(-1)
  return { note, checkpoint, from: first * TILE_WIDTH, isSigned: vkey !== undefined, anchor }
}

async function confirmed({ recovered }: VerifyOptions, lost: readonly SeenCheckpoint[]): Promise<void> {
  for (const { recovery, size, source } of lost)
    if (recovery) await recovered?.confirm({ recovery, seen: size, source })
}

/** Undefined is what is not there. */
interface Bundle {
  readonly checked: CheckedBundle | undefined
  readonly tile: Uint8Array | undefined
}

class Walk {
  /** Anchors that the entries contradict, where a recovery accounts for it. */
  readonly lost: SeenCheckpoint[] = []
  private readonly options: VerifyOptions
  private readonly checkpoint: Checkpoint
  private readonly anchors: readonly SeenCheckpoint[]
  /** Tiles of the levels above, one of each, as the files have them. */
  private readonly above = new Map<number, { number: number; hashes: Uint8Array | undefined }>()
  /** The first anchor that the entries contradict. */
  private contradicted: SeenCheckpoint | undefined
  /** Size of the largest anchor that they agree with. */
  private agreed = 0

  constructor(options: VerifyOptions, checkpoint: Checkpoint, anchors: readonly SeenCheckpoint[]) {
    this.options = options
    this.checkpoint = checkpoint
    this.anchors = anchors
  }

  async go(firstBundle: number): Promise<void> {
    const { size, root } = this.checkpoint
    const stack = await this.stackAt(firstBundle)
    let rest: Uint8Array | undefined
    let number = firstBundle
    for await (const { checked, tile } of this.bundles(firstBundle)) {
      const width = tileWidth(0, number, size)
      if (!checked || checked.flaw || !tile || !sameHashes(checked.hashes, tile)) {
        throw await blame(this.options.files, this.checkpoint, number, checked)
      }
      this.holdAgainst(stack, number, checked.hashes)
      if (width < TILE_WIDTH) rest = checked.root
      else await this.push(stack, number, checked.root)
      this.options.onProgress?.(number * TILE_WIDTH + width, size)
      number++
    }
    const isWhole = equal(stack.root(rest), root)
    if (!isWhole) throw this.rewritten()
    for (const anchor of this.anchors) {
      if (anchor.size > 0 && anchor.size <= firstBundle * TILE_WIDTH) await this.holdByProof(anchor)
    }
    if (this.contradicted) throw this.forked(this.contradicted)
  }

  /** In order, read and checked some way ahead. */
  private async *bundles(first: number): AsyncGenerator<Bundle> {
    const end = Math.ceil(this.checkpoint.size / TILE_WIDTH)
    const ahead: Promise<Bundle>[] = []
    for (let next = first, at = first; at < end; at++) {
      for (; next < end && next < at + AHEAD; next++) {
        const bundle = this.bundle(next)
        // It is awaited in its turn, or never, after another's: a rejection must not end the process meanwhile.
        bundle.catch(() => undefined)
        ahead.push(bundle)
      }
      yield await (ahead.shift() as Promise<Bundle>)
    }
  }

  private async bundle(number: number): Promise<Bundle> {
    const { files, check, onBundle } = this.options
    const { size } = this.checkpoint
    const [bytes, tile] = await Promise.all([
      readBundle(files, number, size),
      readTile(files, 0, number, size),
    ])
    if (!bytes) return { checked: undefined, tile }
    onBundle?.(number * TILE_WIDTH, bytes)
    return { checked: await check(bytes, tileWidth(0, number, size)), tile }
  }

  /** The tree's edge where the first `bundles` bundles end, by the files' hashes. */
  private async stackAt(bundles: number): Promise<TileStack> {
    const edges: Uint8Array[] = []
    for (let hashes = bundles, level = 1; hashes > 0; hashes = Math.floor(hashes / TILE_WIDTH), level++) {
      const width = (hashes % TILE_WIDTH) * HASH_BYTES
      const number = Math.floor(hashes / TILE_WIDTH)
      const tile = width === 0 ? new Uint8Array() : await this.tileAbove(level, number)
      if (!tile) throw await blameAbove(this.options.files, this.checkpoint, level, number * TILE_WIDTH)
      edges.push(tile.subarray(0, width))
    }
    return new TileStack((level) => edges[level - 1])
  }

  private async push(stack: TileStack, number: number, root: Uint8Array): Promise<void> {
    const added: { level: number; hash: Uint8Array }[] = []
    stack.push(root, (level, hash) => added.push({ level, hash }))
    for (const { level, hash } of added) {
      const index = Math.floor(number / TILE_WIDTH ** (level - 1))
      const tile = await this.tileAbove(level, Math.floor(index / TILE_WIDTH))
      const at = (index % TILE_WIDTH) * HASH_BYTES
      if (!tile || !equal(tile.subarray(at, at + HASH_BYTES), hash)) {
        throw await blameAbove(this.options.files, this.checkpoint, level, index)
      }
    }
  }

  private async tileAbove(level: number, number: number): Promise<Uint8Array | undefined> {
    const known = this.above.get(level)
    if (known?.number === number) return known.hashes
    const hashes = await readTile(this.options.files, level, number, this.checkpoint.size)
    this.above.set(level, { number, hashes })
    return hashes
  }

  private holdAgainst(stack: TileStack, number: number, hashes: Uint8Array): void {
    const first = number * TILE_WIDTH
    for (const anchor of this.anchors) {
      const within = anchor.size - first
      if (within <= 0 || within * HASH_BYTES > hashes.length) continue
      this.found(anchor, equal(stack.root(rootOf(hashes.subarray(0, within * HASH_BYTES))), anchor.root))
    }
  }

  private async holdByProof(anchor: SeenCheckpoint): Promise<void> {
    const { size, root } = this.checkpoint
    if (anchor.size === size) return this.found(anchor, !contradicts(anchor, this.checkpoint))
    try {
      const path = await withSubtrees(this.options.files, size, (subtree) =>
        proveConsistency(anchor.size, size, subtree),
      )
      this.found(
        anchor,
        verifyConsistency({ from: anchor.size, fromRoot: anchor.root, to: size, toRoot: root }, path),
      )
    } catch (thrown) {
      if (thrown instanceof AbsentTile) throw fault('tile', `${thrown.path} is missing`)
      throw thrown
    }
  }

  private found(anchor: SeenCheckpoint, agrees: boolean): void {
    if (!agrees && anchor.recovery) this.lost.push(anchor)
    else if (!agrees) this.contradicted ??= anchor
    else if (!this.contradicted) this.agreed = Math.max(this.agreed, anchor.size)
  }

  /** Entries and hashes agree with each other, and not with the signed root. */
  private rewritten(): SluiceError {
    const { size } = this.checkpoint
    const what = 'its entries and their hashes agree with each other, but not with the signed root'
    const before = this.contradicted ? ` before entry ${this.contradicted.size}` : ''
    const since = this.agreed > 0 ? ` from entry ${this.agreed} on` : ''
    return fault('rewritten', `rewritten${before}${since}: ${what} of size ${size}`, this.agreed)
  }

  private forked({ size, source }: SeenCheckpoint): SluiceError {
    const since = this.agreed > 0 ? ` and from entry ${this.agreed} on` : ''
    const what = `it is signed, but does not begin with the ${size} entries that the checkpoint ${source} covers`
    return fault('forked', `forked or rewritten before entry ${size}${since}: ${what}`, this.agreed)
  }
}

function sameHashes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equal(a, b)
}
