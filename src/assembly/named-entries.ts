// What replies through this machine's tunnels said they are on record as: kept as they come, and held against the ledger.
import { namedEntriesFile } from '../adapters/client-state/named-entries-file.ts'
import { stateFolder } from '../adapters/client-state/folder.ts'
import { type NamedEntries, Reckoning, type Unaccounted } from '../audit/named-entries.ts'
import { systemClock } from '../base/clock.ts'
import type { TunnelExchange } from '../tunnel/tunnel.ts'
import type { Confirm } from '../audit/recovery.ts'
import type { GatewayRecord } from '../login/client-state.ts'
import type { Client } from './client.ts'
import { rotationsBefore } from './ledger-key.ts'
import { withLostReplies } from './recovered.ts'

/** Called with every exchange of a tunnel: keeps what its reply named, where it must have an entry. */
export function keeperOf({ gatewayUrl, gateway, now }: Client): (exchange: TunnelExchange) => void {
  const file = namedEntriesFile(stateFolder(), gatewayUrl)
  const subject = gateway.subject?.id ?? ''
  return ({ at, ended, status = 0, method, operation, discovery, exchange, entry, outcome }) => {
    const isOnRecord = entry !== undefined || (status < 400 && method === 'POST' && !discovery)
    if (ended === 'refused' || ended === 'failed' || !isOnRecord) return
    void file.add({
      at: at + now() - systemClock.now(),
      subject,
      operation,
      ...(exchange !== undefined && { exchange }),
      ...(entry !== undefined && { entry }),
      ...(outcome && { outcome: outcome.entry }),
    })
  }
}

/** As the client is, once whoever is here was told of recoveries that lost what their replies named (assembly/recovered.ts). */
export async function withRepliesTold(client: Client, confirm: Confirm): Promise<Client> {
  const former = async () => (await rotationsBefore(client)).map(({ from }) => from)
  return withLostReplies(client, await ownReplies(client), former, confirm)
}

export interface LiveReckoning {
  readonly reckoning: Reckoning
  /** Takes in the replies that have come since; those that what has passed does not bear out. */
  more(): Promise<readonly Unaccounted[]>
}

/** Of the replies that the one who is signed in got on this machine, from `since` on (epoch milliseconds). */
export async function reckoningOf(client: Client, since: number | undefined): Promise<LiveReckoning> {
  const { gatewayUrl, gateway } = client
  const file = namedEntriesFile(stateFolder(), gatewayUrl)
  const looked = (replies: readonly NamedEntries[]) =>
    ownOf(gateway, replies)
      .filter(({ at }) => at >= (since ?? 0))
      .flatMap((reply) => kept(gateway, reply))
  const reckoning = new Reckoning(looked(await file.load()), since === undefined ? 0 : undefined)
  return { reckoning, more: async () => reckoning.add(looked(await file.more())) }
}

async function ownReplies({ gatewayUrl, gateway }: Client): Promise<readonly NamedEntries[]> {
  return ownOf(gateway, await namedEntriesFile(stateFolder(), gatewayUrl).load())
}

function ownOf(gateway: GatewayRecord, replies: readonly NamedEntries[]): readonly NamedEntries[] {
  return replies.filter(({ subject }) => subject === gateway.subject?.id)
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
