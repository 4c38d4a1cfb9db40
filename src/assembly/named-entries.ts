// What replies through this machine's tunnels said they are on record as: kept as they come, and held against the ledger.
import { namedEntriesFile } from '../adapters/client-state/named-entries-file.ts'
import { stateFolder } from '../adapters/client-state/folder.ts'
import { type NamedEntries, Reckoning } from '../audit/named-entries.ts'
import type { TunnelExchange } from '../tunnel/tunnel.ts'
import type { GatewayRecord } from '../login/client-state.ts'
import type { Client } from './client.ts'

/** Called with every exchange of a tunnel: keeps what its reply named, where it must have an entry. */
export function keeperOf({ gatewayUrl, gateway }: Client): (exchange: TunnelExchange) => void {
  const file = namedEntriesFile(stateFolder(), gatewayUrl)
  const subject = gateway.subject?.id ?? ''
  return ({ at, ended, status = 0, method, operation, discovery, exchange, entry, outcome }) => {
    const isOnRecord = entry !== undefined || (status < 400 && method === 'POST' && !discovery)
    if (ended === 'refused' || ended === 'failed' || !isOnRecord) return
    void file.add({
      at,
      subject,
      operation,
      ...(exchange !== undefined && { exchange }),
      ...(entry !== undefined && { entry }),
      ...(outcome && { outcome: outcome.entry }),
    })
  }
}

/** Of the replies that the one who is signed in got on this machine, from `since` on (epoch milliseconds). */
export async function reckoningOf(
  { gatewayUrl, gateway }: Client,
  since: number | undefined,
): Promise<Reckoning> {
  const replies = await namedEntriesFile(stateFolder(), gatewayUrl).load()
  const own = replies
    .filter(({ at, subject }) => at >= (since ?? 0) && subject === gateway.subject?.id)
    .flatMap((reply) => kept(gateway, reply))
  return new Reckoning(own, since === undefined ? 0 : undefined)
}

// What was lost is not looked for: whoever is here has been told of it.
function kept({ recovered = [] }: GatewayRecord, reply: NamedEntries): NamedEntries[] {
  const isLost = (index = -1) =>
    recovered.some(
      ({ restored, lost, time }) => index >= restored && index < lost && reply.at <= Date.parse(time),
    )
  if (isLost(reply.entry)) return []
  if (!isLost(reply.outcome)) return [reply]
  const { outcome: _, ...rest } = reply
  return [rest]
}
