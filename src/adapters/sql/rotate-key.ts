// Another key for the ledger, while no gateway serves it: one transaction holds the entry that names both keys, the
// checkpoint that both sign, and the proof of it for whoever knows the former. Cut off anywhere, it is begun anew or finished.
import { signCheckpoint, signedBesides } from '../../audit/checkpoint.ts'
import { Frontier, leafHash } from '../../audit/merkle.ts'
import { proveInclusion } from '../../audit/prove.ts'
import { encodeReceipt } from '../../audit/receipt.ts'
import { keysFrom } from '../../audit/rotation.ts'
import { subtreesOf } from '../../audit/tiles.ts'
import { systemClock } from '../../base/clock.ts'
import type { Records } from '../../identity/records.ts'
import type { KeyRotatedEntry } from '../../terms/entry.ts'
import { prepareLeaf } from './leaf.ts'
import { adoptNextKey, nextSigner, pendingKey } from './next-key.ts'
import { openSigner } from './signing-key.ts'
import { StoreLink, type StoreThread } from './store-link.ts'
import { edgeTiles, tilesRead } from './stored-tree.ts'
import type { StorePlace } from './messages.ts'

export interface RotatedKey {
  /** The ledger's verifier key from now on. */
  readonly vkey: string
  /** The one that it replaces; undefined where a rotation was finished that was cut off before. */
  readonly before: string | undefined
}

const KIND = 'key-rotation'
const KEY = 'all'

/** Rejects with what `openStore` rejects with, and with ERR_STORE where it can't be told whether the key was rotated: once more finds out. */
export async function rotateKey(
  thread: StoreThread,
  {
    place,
    origin,
    keyPath,
  }: { readonly place: StorePlace; readonly origin: string; readonly keyPath: string },
): Promise<RotatedKey> {
  const pending = pendingKey(keyPath)
  const nothing = (): void => undefined
  const link = new StoreLink(thread, systemClock, nothing, nothing)
  const before = await link.open({ place, origin })
  if (before === pending) {
    await link.close()
    return { vkey: before, before: undefined }
  }
  let note: string
  const next = nextSigner(keyPath, origin)
  try {
    const { size } = link.head
    const time = new Date(systemClock.now()).toISOString()
    const entry: KeyRotatedEntry = { v: 1, kind: 'key-rotated', time, from: before, to: next.vkey }
    const leaf = prepareLeaf(entry)
    const subtree = subtreesOf(tilesRead(await edgeOf(link, size)))
    const tree = new Frontier(size, subtree)
    tree.append(leafHash(leaf.text))
    const checkpoint = { size: size + 1, root: tree.root() }
    const besides = signCheckpoint(checkpoint, next)
    note = signedBesides(signCheckpoint(checkpoint, openSigner(keyPath, origin, 'existing')), besides)
    const path = proveInclusion(size, size + 1, subtree)
    const earlier = await link.ask({ ask: 'record', kind: KIND, key: KEY, now: systemClock.now() })
    const receipts = [...receiptsIn(earlier), encodeReceipt({ index: size, entry: leaf.text, path, note })]
    // What readers will make of it.
    keysFrom(before, receipts)
    const put = { verb: 'put', kind: KIND, key: KEY, expiresAt: null, group: null } as const
    await link.write('ERR_STORE', [leaf], [{ ...put, value: JSON.stringify({ receipts }) }], besides)
  } finally {
    await link.close()
  }
  adoptNextKey(keyPath, note)
  return { vkey: next.vkey, before }
}

/** The receipts of all rotations of the ledger's key (audit/rotation.ts). */
export async function rotationsIn(records: Pick<Records, 'get'>): Promise<readonly string[]> {
  const kept = (await records.get(KIND, KEY)) as { readonly receipts: readonly string[] } | undefined
  return kept?.receipts ?? []
}

function receiptsIn(record: string | undefined): readonly string[] {
  return record === undefined ? [] : (JSON.parse(record) as { readonly receipts: readonly string[] }).receipts
}

function edgeOf(link: StoreLink, size: number) {
  const read = edgeTiles(size).map(async ({ level, number }) => {
    return { level, number, hashes: await link.ask({ ask: 'tile', level, number }) }
  })
  return Promise.all(read)
}
