// Recoveries of a ledger as a gateway serves them, and as forgers would.
import { signCheckpoint } from '../../src/audit/checkpoint.ts'
import { leafHash } from '../../src/audit/merkle.ts'
import type { Signer } from '../../src/audit/note.ts'
import { proveInclusion } from '../../src/audit/prove.ts'
import { encodeReceipt } from '../../src/audit/receipt.ts'
import { paperRoot, paperSubtree } from './paper-ledger.ts'

export const RECOVERED_AT = '2026-11-23T14:00:00.000Z'

/** An entry that says that of 20 entries 12 were restored, or something else. */
export function saidToBeLost(change: object = {}): object {
  return {
    kind: 'ledger-recovered',
    lost: { root: Buffer.alloc(32, 7).toString('base64'), size: 20 },
    reason: 'backup-restored',
    restored: 12,
    time: RECOVERED_AT,
    v: 1,
    ...change,
  }
}

/** A ledger of `texts`, that entry, and two more; the entry's receipt. */
export function recovered(signer: Signer, texts: readonly string[], entry: object) {
  const text = JSON.stringify(entry)
  const leaves = [...texts, text, ...texts.slice(0, 2)].map(leafHash)
  const note = signCheckpoint({ size: leaves.length, root: paperRoot(leaves) }, signer)
  const path = proveInclusion(texts.length, leaves.length, paperSubtree(leaves))
  return { note, receipt: encodeReceipt({ index: texts.length, entry: text, path, note }) }
}
