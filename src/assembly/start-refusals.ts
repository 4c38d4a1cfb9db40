// What the gateway's start would be refused for just now, found without starting it.
import { createServer } from 'node:net'
import { portHolder } from '../adapters/proc/port-holder.ts'
import { systemClock } from '../base/clock.ts'
import { asSluiceError, type SluiceError } from '../base/errors.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { listenAt } from '../gateway/listen.ts'

/** The store first, then the port; none where nothing is in the way. */
export async function startRefusals(config: GatewayConfig): Promise<SluiceError[]> {
  const refused = await storeRefused(config)
  const server = createServer()
  const taken = await listenAt(server, { ...config.listen, holderOf: portHolder }).then(
    () => server.close() && undefined,
    asSluiceError,
  )
  return [refused, taken].filter((refusal) => refusal !== undefined)
}

// Only the engine that is used is loaded.
async function storeRefused({ publicUrl, store }: GatewayConfig): Promise<SluiceError | undefined> {
  const asked = { origin: `${new URL(publicUrl).host}/ledger`, now: systemClock.now() }
  if ('url' in store) {
    const { databaseRefusal } = await import('../adapters/sql/postgres/inspect-store.ts')
    return databaseRefusal({ ...store, ...asked })
  }
  const { storeRefusal } = await import('../adapters/sql/sqlite/inspect-store.ts')
  return storeRefusal({ ...store, ...asked })
}
