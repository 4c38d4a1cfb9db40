// What the gateway's start would be refused for just now, found without starting it.
import { createServer } from 'node:net'
import { portHolder } from '../adapters/proc/port-holder.ts'
import { storeRefusal } from '../adapters/sql/sqlite/inspect-store.ts'
import { systemClock } from '../base/clock.ts'
import { asSluiceError, type SluiceError } from '../base/errors.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { listenAt } from '../gateway/listen.ts'

/** The store first, then the port; none where nothing is in the way. */
export async function startRefusals(config: GatewayConfig): Promise<SluiceError[]> {
  const origin = `${new URL(config.publicUrl).host}/ledger`
  const refused = storeRefusal({ folder: config.storePath, origin, now: systemClock.now() })
  const server = createServer()
  const taken = await listenAt(server, { ...config.listen, holderOf: portHolder }).then(
    () => server.close() && undefined,
    asSluiceError,
  )
  return [refused, taken].filter((refusal) => refusal !== undefined)
}
