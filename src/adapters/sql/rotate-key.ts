// Another key for the ledger, while no gateway serves it: one transaction holds the entry that names both keys, the
// checkpoint that both sign, and the proof of it for whoever knows the former. Cut off anywhere, it is begun anew or finished.
import { signCheckpoint, signedBesides } from '../../audit/checkpoint.ts'
import { keysFrom } from '../../audit/rotation.ts'
import { systemClock } from '../../base/clock.ts'
import type { KeyRotatedEntry } from '../../terms/entry.ts'
import { keeping, linkedReceipts } from './kept-receipts.ts'
import type { StorePlace } from './messages.ts'
import { nextEntry } from './next-entry.ts'
import { adoptNextKey, nextSigner, pendingKey } from './next-key.ts'
import { openSigner } from './signing-key.ts'
import { StoreLink, type StoreThread } from './store-link.ts'

export interface RotatedKey {
  /** The ledger's verifier key from now on. */
  readonly vkey: string
  /** The one that it replaces; undefined where a rotation was finished that was cut off before. */
  readonly before: string | undefined
}

const KIND = 'key-rotation'

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
    const time = new Date(systemClock.now()).toISOString()
    const entry: KeyRotatedEntry = { v: 1, kind: 'key-rotated', time, from: before, to: next.vkey }
    const { leaf, checkpoint, receipt } = await nextEntry(link, entry)
    const besides = signCheckpoint(checkpoint, next)
    note = signedBesides(signCheckpoint(checkpoint, openSigner(keyPath, origin, 'existing')), besides)
    const receipts = [...(await linkedReceipts(link, KIND)), receipt(note)]
    // What readers will make of it.
    keysFrom(before, receipts)
    await link.write('ERR_STORE', [leaf], [keeping(KIND, receipts)], besides)
  } finally {
    await link.close()
  }
  adoptNextKey(keyPath, note)
  return { vkey: next.vkey, before }
}
