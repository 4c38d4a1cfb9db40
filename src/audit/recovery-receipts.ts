// Recoveries as they travel: receipts of the entries that tell of them, https://c2sp.org/tlog-proof.
import type { LedgerRecoveredEntry } from '../terms/entry.ts'
import { openCheckpoint } from './checkpoint.ts'
import { verifierOf } from './note.ts'
import { parseReceipt, verifyReceipt } from './receipt.ts'
import { nameOf, type Recovery } from './recovery.ts'

/**
 * Those of the receipts that are of recoveries and signed by one of the ledger's keys, oldest first; others account for
 * nothing, and are left out. Throws ERR_LEDGER_INVALID for one that is signed and does not prove its entry.
 */
export function recoveriesIn(receipts: readonly string[], vkeys: readonly string[]): Recovery[] {
  return receipts
    .flatMap((text) => openRecovery(text, vkeys) ?? [])
    .sort((a, b) => a.checkpoint.size - b.checkpoint.size)
}

function openRecovery(text: string, vkeys: readonly string[]): Recovery | undefined {
  const receipt = parseReceipt(text)
  const said = receipt && saidIn(receipt.entry)
  const vkey = receipt && vkeys.find((key) => openCheckpoint(receipt.note, verifierOf(key)))
  if (!receipt || !said || vkey === undefined) return undefined
  const checkpoint = verifyReceipt(receipt, vkey)
  const { index, entry, note } = receipt
  if (said.restored > index) return undefined
  return { ...said, index, name: nameOf(index, entry), checkpoint, note }
}

function saidIn(entry: string): Pick<Recovery, 'time' | 'reason' | 'restored' | 'lost'> | undefined {
  try {
    const { v, kind, time, reason, restored, lost } = JSON.parse(entry) as LedgerRecoveredEntry
    const at = Date.parse(time)
    if (v !== 1 || kind !== 'ledger-recovered' || Number.isNaN(at) || !isSize(restored)) return undefined
    if (typeof reason !== 'string') return undefined
    if (lost === undefined) return { time: at, reason, restored, lost }
    const root = Buffer.from(lost.root, 'base64')
    if (!isSize(lost.size) || lost.size <= restored || root.length !== 32) return undefined
    return { time: at, reason, restored, lost: { size: lost.size, root } }
  } catch {
    return undefined
  }
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
