// The entry that the ledger is to have next, with the checkpoint and the receipt that will be its, before it is written.
import type { Checkpoint } from '../../audit/checkpoint.ts'
import { Frontier, leafHash } from '../../audit/merkle.ts'
import { proveInclusion, proveRoot } from '../../audit/prove.ts'
import { encodeReceipt } from '../../audit/receipt.ts'
import { subtreesOf } from '../../audit/tiles.ts'
import { SluiceError } from '../../base/errors.ts'
import type { Entry } from '../../terms/entry.ts'
import { prepareLeaf, type Leaf } from './leaf.ts'
import type { StoreLink } from './store-link.ts'
import { edgeTiles, tilesRead } from './stored-tree.ts'

export interface NextEntry {
  readonly leaf: Leaf
  readonly index: number
  /** Size and root of the tree that ends with it. */
  readonly checkpoint: Pick<Checkpoint, 'size' | 'root'>
  /** Its receipt, once `note` is that tree's signed checkpoint. */
  receipt(note: string): string
}

/** As long as nobody else appends. */
export async function nextEntry(link: StoreLink, entry: Entry): Promise<NextEntry> {
  const { size: index } = link.head
  const leaf = prepareLeaf(entry)
  const subtree = subtreesOf(tilesRead(await edgeOf(link, index)))
  const tree = new Frontier(index, subtree)
  tree.append(leafHash(leaf.text))
  const path = proveInclusion(index, index + 1, subtree)
  return {
    leaf,
    index,
    checkpoint: { size: index + 1, root: tree.root() },
    receipt: (note) => encodeReceipt({ index, entry: leaf.text, path, note }),
  }
}

/** The root of the ledger's first `size` entries, which it must hold. Rejects with ERR_STORE where the store lacks some of their hashes. */
export async function rootAt(link: StoreLink, size: number): Promise<Uint8Array> {
  const tiles = await edgeOf(link, size)
  try {
    return proveRoot(size, subtreesOf(tilesRead(tiles)))
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const what = `The store lacks hashes of its first ${size} entries`
    throw new SluiceError('ERR_STORE', `${what}: whether they are those of a checkpoint can't be told.`, {
      cause,
      nextSteps: ['Restore another backup, and keep this damaged store as evidence.'],
    })
  }
}

function edgeOf(link: StoreLink, size: number) {
  const read = edgeTiles(size).map(async ({ level, number }) => {
    return { level, number, hashes: await link.ask({ ask: 'tile', level, number }) }
  })
  return Promise.all(read)
}
