// Rotations of a ledger's key as a gateway serves them, and as forgers would.
import { leafHash } from '../../src/audit/merkle.ts'
import type { Signer } from '../../src/audit/note.ts'
import { proveInclusion } from '../../src/audit/prove.ts'
import { encodeReceipt } from '../../src/audit/receipt.ts'
import { paperRoot, paperSubtree } from './paper-ledger.ts'

export interface RotationParts {
  /** The ledger's entries before the one that names the keys. */
  readonly texts: readonly string[]
  readonly from: Signer
  readonly to: Signer
  /** Whoever signs the checkpoint; both keys unless told otherwise. */
  readonly signers?: readonly Signer[]
  readonly kind?: string
}

/** The receipt, and the ledger's entries with the one that it adds. */
export function rotated({ texts, from, to, signers = [from, to], kind = 'key-rotated' }: RotationParts) {
  const time = '2026-11-23T14:00:00.000Z'
  const entry = JSON.stringify({ from: from.vkey, kind, time, to: to.vkey, v: 1 })
  const after = [...texts, entry]
  const leaves = after.map(leafHash)
  const root = Buffer.from(paperRoot(leaves)).toString('base64')
  const text = `${from.name}\n${after.length}\n${root}\n`
  const lines = signers.map((signer) => signer.sign(text).slice(text.length + 1))
  const note = `${text}\n${lines.join('')}`
  const path = proveInclusion(texts.length, after.length, paperSubtree(leaves))
  return { texts: after, note, receipt: encodeReceipt({ index: texts.length, entry, path, note }) }
}
