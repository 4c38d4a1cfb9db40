// Receipts that are kept beside the ledger, for readers who have to be led from what they know to what there is now.
import type { Records } from '../../identity/records.ts'
import { systemClock } from '../../base/clock.ts'
import type { RecordChange } from './messages.ts'
import type { StoreLink } from './store-link.ts'

/** Of the entries by which the ledger's key was replaced (audit/rotation.ts); of those that tell what was lost (audit/recovery.ts). */
export type ReceiptKind = 'key-rotation' | 'ledger-recovery'

const KEY = 'all'

/** Oldest first. */
export async function keptReceipts(
  records: Pick<Records, 'get'>,
  kind: ReceiptKind,
): Promise<readonly string[]> {
  return receiptsIn(await records.get(kind, KEY))
}

/** The same, of a store that is open for a command. */
export async function linkedReceipts(link: StoreLink, kind: ReceiptKind): Promise<readonly string[]> {
  const text = await link.ask({ ask: 'record', kind, key: KEY, now: systemClock.now() })
  return receiptsIn(text === undefined ? undefined : JSON.parse(text))
}

/** The change that keeps them, to be written with the entry of the last one. */
export function keeping(kind: ReceiptKind, receipts: readonly string[]): RecordChange {
  return { verb: 'put', kind, key: KEY, value: JSON.stringify({ receipts }), expiresAt: null, group: null }
}

function receiptsIn(record: unknown): readonly string[] {
  return (record as { readonly receipts: readonly string[] } | undefined)?.receipts ?? []
}
