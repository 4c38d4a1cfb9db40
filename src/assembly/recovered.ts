// A gateway's ledger that does not extend what this machine has pinned, and says what it lost: whoever is at this machine is
// told, and asked once; the pin that is given up is kept, for it proves what was lost.
import { type Checkpoint, openCheckpoint, readCheckpoint } from '../audit/checkpoint.ts'
import { equal, verifyConsistency } from '../audit/merkle.ts'
import type { NamedEntries } from '../audit/named-entries.ts'
import { verifierOf } from '../audit/note.ts'
import { type Confirm, type Recovery, recoveryFor } from '../audit/recovery.ts'
import { recoveriesIn } from '../audit/recovery-receipts.ts'
import { SluiceError } from '../base/errors.ts'
import { type GatewayRecord, withGateway } from '../login/client-state.ts'
import type { Client } from './client.ts'
import { consistency, type Fetch } from './extends.ts'
import { pinned } from './pin.ts'

/** This machine's clock may be behind the gateway's by so much. */
const AHEAD_AT_MOST_MS = 10 * 60_000

/**
 * The client with the pin that it goes on from: its own, where `note`, the gateway's newest checkpoint, extends that, or
 * no recovery accounts for it; what reads the ledger refuses it then. Rejects where `confirm` does.
 */
export async function withRecovery(client: Client, note: string, confirm: Confirm): Promise<Client> {
  const { gateway, gatewayUrl: url, state } = client
  const seen = gateway.pin === undefined ? undefined : pinnedCheckpoint(gateway)
  const newest = readCheckpoint(note)
  if (!seen || !newest || (await isExtended(client.fetch, seen, newest))) return client
  const recovery = accountFor(gateway, seen, await receipts(client.fetch))
  if (!recovery) return client
  await confirm({ recovery, seen: seen.size, source: 'pinned on this machine' })
  const after = await state.update((now) => {
    const { pin, recovered = [] } = now.gateways[url] ?? {}
    // Another command may have been asked meanwhile.
    if (pin === undefined || pin !== gateway.pin) return now
    return withGateway(now, url, {
      ...pinned(recovery.note, client.now()),
      recovered: [...recovered, { ...accepted(recovery), pin }],
    })
  })
  return { ...client, gateway: after.gateways[url] ?? gateway }
}

/**
 * The client with what replies named that a recovery accounts for, of which nobody here was told yet (`pin`: it was made
 * before the backup, or never): told now. Goes on only from a checkpoint that has the recovery's entry, and pins that.
 */
export async function withLostReplies(
  client: Client,
  replies: readonly NamedEntries[],
  formerKeys: () => Promise<readonly string[]>,
  confirm: Confirm,
): Promise<Client> {
  if (replies.length === 0) return client
  const { gateway, gatewayUrl: url, state } = client
  const texts = await receipts(client.fetch)
  if (texts.length === 0) return client
  const note = await (await client.fetch('/api/v1/audit/checkpoint')).text()
  const newest = openCheckpoint(note, verifierOf(gateway.ledger.vkey))
  if (!newest) return client
  let known: GatewayRecord = gateway
  for (const recovery of untold(gateway, texts, await formerKeys())) {
    const named = replies.filter((reply) => reply.at <= recovery.time && namesLost(reply, recovery))
    if (named.length === 0) continue
    const held = [recovery.checkpoint, ...(known.pin === undefined ? [] : [pinnedCheckpoint(known)])]
    for (const one of held) if (!one || !(await isExtended(client.fetch, one, newest))) return client
    const seen = 1 + Math.max(...named.flatMap(({ entry = 0, outcome = 0 }) => [entry, outcome]))
    await confirm({ recovery, seen, source: 'on this machine', replies: named.length })
    const after = await state.update((now) => {
      const { pin, recovered = [] } = now.gateways[url] ?? {}
      if (pin !== known.pin) return now
      return withGateway(now, url, {
        ...pinned(note, client.now()),
        recovered: [...recovered, accepted(recovery)],
      })
    })
    known = after.gateways[url] ?? known
  }
  return { ...client, gateway: known }
}

function namesLost({ entry = -1, outcome = -1 }: NamedEntries, { restored, lost }: Recovery): boolean {
  return lost !== undefined && [entry, outcome].some((index) => index >= restored && index < lost.size)
}

function accepted({ index, restored, lost, time }: Recovery) {
  return { entry: index, restored, lost: lost?.size ?? restored, time: new Date(time).toISOString() }
}

function accountFor(
  gateway: GatewayRecord,
  seen: Checkpoint,
  texts: readonly string[],
): Recovery | undefined {
  const { pinnedAt } = gateway
  const at = pinnedAt === undefined ? undefined : Date.parse(pinnedAt)
  return recoveryFor(untold(gateway, texts), seen, at)
}

/** Those that nobody here has gone along with: one that was stands in what was pinned since. */
function untold(
  { ledger, recovered = [] }: GatewayRecord,
  texts: readonly string[],
  formerKeys: readonly string[] = [],
): readonly Recovery[] {
  const latest = Date.now() + AHEAD_AT_MOST_MS
  return recoveriesIn(texts, [ledger.vkey, ...formerKeys]).filter(
    ({ index, time }) =>
      time <= latest &&
      !recovered.some(({ entry, time: told }) => entry === index && Date.parse(told) === time),
  )
}

function pinnedCheckpoint({ ledger, pin = '' }: GatewayRecord): Checkpoint | undefined {
  return openCheckpoint(pin, verifierOf(ledger.vkey))
}

// Whether there is anything to ask about: what is believed is proved later, by what reads the ledger.
async function isExtended(fetch: Fetch, seen: Checkpoint, newest: Checkpoint): Promise<boolean> {
  if (seen.size >= newest.size) return seen.size === newest.size && equal(seen.root, newest.root)
  if (seen.size === 0) return true
  const claim = { from: seen.size, fromRoot: seen.root, to: newest.size, toRoot: newest.root }
  return verifyConsistency(claim, await consistency(fetch, seen.size, newest.size))
}

async function receipts(fetch: Fetch): Promise<readonly string[]> {
  const answer = await fetch('/api/v1/audit/recoveries').catch((thrown: unknown) => {
    // A gateway of an earlier version has none.
    if (thrown instanceof SluiceError && thrown.code === 'ERR_NOT_FOUND') return undefined
    throw thrown
  })
  const texts: unknown = await answer?.json()
  return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : []
}
