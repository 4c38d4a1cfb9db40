// A ledger that latched: what was acknowledged, what its store holds now, and the latch taken off.
import { join } from 'node:path'
import { readLatch, removeLatch, type Latch } from '../adapters/sql/latch-file.ts'
import { statedSize } from '../audit/checkpoint.ts'
import { SluiceError } from '../base/errors.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'

export interface Latched {
  readonly reason: string
  /** RFC 3339. */
  readonly since: string
  readonly acknowledged: Found
  /** What the store holds now; undefined where it holds no ledger. */
  readonly stored: Found | undefined
}

export interface Found {
  readonly size: number
  /** Base64. */
  readonly root: string
}

/** Undefined where the ledger is not latched. Rejects with ERR_STORE where its store can't be read. */
export async function findLatch(config: GatewayConfig): Promise<Latched | undefined> {
  const latch: Latch | undefined = readLatch(keyPathOf(config))
  if (!latch) return undefined
  const note = await storedCheckpoint(config)
  return {
    reason: latch.reason,
    since: latch.at,
    acknowledged: found(latch.acknowledged),
    stored: note === undefined ? undefined : found(note),
  }
}

/** From then on the gateway starts again, and goes on from what is stored. */
export function unlatch(config: GatewayConfig): void {
  removeLatch(keyPathOf(config))
}

/** Where the ledger's signing key is. */
export function keyPathOf({ store }: GatewayConfig): string {
  return 'url' in store ? store.keyPath : join(store.folder, 'ledger.key')
}

/** The newest checkpoint that is stored, a signed note; undefined where there is no ledger. Rejects with ERR_STORE. */
export async function storedCheckpoint({ store }: GatewayConfig): Promise<string | undefined> {
  if ('url' in store) {
    const { databaseCheckpoint } = await import('../adapters/sql/postgres/inspect-store.ts')
    return databaseCheckpoint(store.url)
  }
  const { folderCheckpoint } = await import('../adapters/sql/sqlite/inspect-store.ts')
  try {
    return folderCheckpoint(store.folder)
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw new SluiceError('ERR_STORE', `The store in ${store.folder} can't be read.`, { cause })
  }
}

function found(note: string): Found {
  return { size: statedSize(note), root: note.split('\n')[2] ?? '' }
}
