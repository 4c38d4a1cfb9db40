// A ledger that lost entries, as a restored backup has: what is known of them, found and put on record.
import { Worker } from 'node:worker_threads'
import { readLatch, removeLatch } from '../adapters/sql/latch-file.ts'
import type { KeptCheckpoint, LossToRecord, OpenLoss } from '../adapters/sql/recover.ts'
import { SluiceError } from '../base/errors.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { textIn } from './ledger.ts'
import { keyPathOf, storedCheckpoint } from './unlatch.ts'

export interface RecoverOptions extends Pick<LossToRecord, 'restored' | 'reason'> {
  /** Paths of files with checkpoints of this ledger; `-` is stdin. */
  readonly checkpoints: readonly string[]
}

/** What was found, with the store held open. `record` also takes off a latch. Rejects with ERR_USAGE or ERR_STORE. */
export async function findRecovery(
  config: GatewayConfig,
  { checkpoints, restored, reason }: RecoverOptions,
): Promise<OpenLoss> {
  const { store: place, publicUrl } = config
  if ((await storedCheckpoint(config)) === undefined) {
    throw new SluiceError('ERR_USAGE', 'The store holds no ledger: nothing can be gone on from.', {
      nextSteps: ['Restore the newest backup of it that there is, then this command again.'],
    })
  }
  if ('url' in place) {
    const { refuseServed } = await import('../adapters/sql/postgres/inspect-store.ts')
    await refuseServed(place.url)
  }
  const keyPath = keyPathOf(config)
  const latch = readLatch(keyPath)
  const given = checkpoints.map((path): KeptCheckpoint => {
    return path === '-'
      ? { note: textIn(0), source: 'on stdin' }
      : { note: textIn(path), source: `in ${path}` }
  })
  const kept = latch ? [...given, { note: latch.acknowledged, source: 'that was acknowledged last' }] : given
  const { openLoss } = await import('../adapters/sql/recover.ts')
  const workerData = 'url' in place ? 'postgres' : 'sqlite'
  const thread = new Worker(new URL('./store-worker.ts', import.meta.url), { workerData })
  const origin = `${new URL(publicUrl).host}/ledger`
  const found = await openLoss(thread, { place, origin, keyPath, kept, restored, reason })
  return {
    ...found,
    async record() {
      const recorded = found.recorded ?? (await found.record())
      if (latch) removeLatch(keyPath)
      return recorded
    },
  }
}
