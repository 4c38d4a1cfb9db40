// Another key for the ledger of a gateway that is stopped.
import { Worker } from 'node:worker_threads'
import type { RotatedKey } from '../adapters/sql/rotate-key.ts'
import { SluiceError } from '../base/errors.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { keyPathOf, storedCheckpoint } from './unlatch.ts'

/** Rejects with ERR_USAGE where there is no ledger yet, ERR_STORE where a gateway serves it. */
export async function rotateLedgerKey(config: GatewayConfig): Promise<RotatedKey> {
  const { store: place, publicUrl } = config
  if ((await storedCheckpoint(config)) === undefined) {
    throw new SluiceError('ERR_USAGE', 'There is no ledger yet: its first key comes with the first start.', {
      nextSteps: ['sluice gateway start'],
    })
  }
  if ('url' in place) {
    const { refuseServed } = await import('../adapters/sql/postgres/inspect-store.ts')
    await refuseServed(place.url)
  }
  const { rotateKey } = await import('../adapters/sql/rotate-key.ts')
  const workerData = 'url' in place ? 'postgres' : 'sqlite'
  const thread = new Worker(new URL('./store-worker.ts', import.meta.url), { workerData })
  const origin = `${new URL(publicUrl).host}/ledger`
  return rotateKey(thread, { place, origin, keyPath: keyPathOf(config) })
}
