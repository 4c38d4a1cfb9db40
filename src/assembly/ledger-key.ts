// The key of a gateway's ledger, followed where it was rotated: from the pinned key to the one that signs now, each step
// signed by both keys (audit/rotation.ts), and each extending what this machine has pinned.
import { openCheckpoint } from '../audit/checkpoint.ts'
import { verifyConsistency } from '../audit/merkle.ts'
import { verifierOf } from '../audit/note.ts'
import type { Confirm } from '../audit/recovery.ts'
import { keysFrom, type Rotation } from '../audit/rotation.ts'
import { fault } from '../audit/verify/fault.ts'
import { signedAfter } from '../audit/verify/trust.ts'
import { SluiceError } from '../base/errors.ts'
import { type GatewayRecord, withGateway } from '../login/client-state.ts'
import { type Discovered, discover } from '../login/discovery.ts'
import { type Client, fetchFor } from './client.ts'
import { consistency, type Fetch } from './extends.ts'
import { pinned } from './pin.ts'
import { withRecovery } from './recovered.ts'

export type Pinned = Pick<GatewayRecord, 'url' | 'ledger' | 'pin'>

/** Told of a ledger that is not as it was known. */
export interface LedgerChanges {
  /** Another key, which the pinned one signed for. */
  readonly onRotation: (rotation: Rotation) => void
  /** Entries that were pinned, and are lost. */
  readonly onRecovery: Confirm
}

/**
 * The client with the ledger's newest key, pinned by then, and with a pin that it extends where a recovery accounts for that. Where nothing is proved, the
 * client as it is: what another key has signed is refused by what reads it. Rejects with ERR_LEDGER_INVALID for a
 * rotation that both keys have signed and that does not extend what is pinned.
 */
export async function withNewestKey(
  known: Client,
  { onRotation, onRecovery }: LedgerChanges,
): Promise<Client> {
  const note = await (await known.fetch('/api/v1/audit/checkpoint')).text()
  const client = await withRecovery(known, note, onRecovery)
  const { gateway, gatewayUrl: url, state } = client
  if (openCheckpoint(note, verifierOf(gateway.ledger.vkey))) return client
  const offered = await discovered(client).catch(() => undefined)
  if (!offered) return client
  const { ledger, rotations } = offered
  const { vkey, since } = keysFrom(gateway.ledger.vkey, rotations)
  const last = since.at(-1)
  if (!last || vkey !== ledger.vkey) return client
  await mustExtendThrough(client.fetch, gateway, since)
  const after = await state.update((now) => {
    // Another command may have followed meanwhile.
    if (now.gateways[url]?.ledger.vkey !== gateway.ledger.vkey) return now
    // Where nothing was pinned, nothing that came with the ledger itself may pass for having been seen before.
    const pin = gateway.pin === undefined ? {} : pinned(last.note, client.now())
    return withGateway(now, url, { ledger: { ...gateway.ledger, vkey }, ...pin })
  })
  for (const rotation of since) onRotation(rotation)
  return { ...client, gateway: after.gateways[url] ?? gateway }
}

/** For a tail that goes on while the gateway is started anew: the key that has replaced the last one known, if any. */
export function keyAfter(
  client: Client,
  changes: LedgerChanges,
): (pin: string | undefined) => Promise<{ readonly vkey: string; readonly pin: string } | undefined> {
  let { ledger } = client.gateway
  return async (pin) => {
    const known = { ...client.gateway, ledger, ...(pin !== undefined && { pin }) }
    const { gateway } = await withNewestKey({ ...client, gateway: known }, changes)
    if (gateway.ledger.vkey === ledger.vkey || gateway.pin === undefined) return undefined
    ledger = gateway.ledger
    return { vkey: ledger.vkey, pin: gateway.pin }
  }
}

/** The rotations by which the client's key came to be the ledger's, as the gateway has them. */
export async function rotationsBefore(client: Client): Promise<readonly Rotation[]> {
  return keysFrom(client.gateway.ledger.vkey, (await discovered(client)).rotations).before
}

/** The rotations that lead from the pinned key to the offered one. Throws ERR_LEDGER_INVALID where none do. */
export function rotationsTo({ url, ledger: pinned }: Pinned, offered: Discovered): readonly Rotation[] {
  if (pinned.vkey === offered.ledger.vkey) return []
  const { vkey, since } = keysFrom(pinned.vkey, offered.rotations)
  if (vkey === offered.ledger.vkey) return since
  throw new SluiceError(
    'ERR_LEDGER_INVALID',
    `The gateway at ${url} has another ledger key than the one pinned here.`,
    {
      nextSteps: [
        'Ask whoever runs the gateway whether its ledger was begun anew; the key pinned here: sluice whoami --ledger-key',
        `If so: sluice logout --forget --gateway ${url}, then sluice login ${url}`,
      ],
    },
  )
}

/** Rejects with ERR_LEDGER_INVALID where the rotations' checkpoints do not extend what is pinned, and each other. */
export async function mustExtendThrough(
  fetch: Fetch,
  { ledger, pin }: Pinned,
  since: readonly Rotation[],
): Promise<void> {
  let known = pin === undefined ? undefined : openCheckpoint(pin, verifierOf(ledger.vkey))
  if (pin !== undefined && !known)
    throw fault('other-key', 'the checkpoint pinned here is not signed by the key pinned here')
  for (const { from, checkpoint } of since) {
    const { size: to, root: toRoot } = checkpoint
    if (known && known.size > to) throw signedAfter(from, to, known.size, 'pinned on this machine')
    if (known && known.size > 0) {
      const path = known.size === to ? [] : await consistency(fetch, known.size, to)
      const claim = { from: known.size, fromRoot: known.root, to, toRoot }
      if (!verifyConsistency(claim, path)) {
        const what = `the checkpoint of ${to}, at which its key was rotated, does not begin with the ${known.size} entries pinned on this machine`
        throw fault('forked', `forked or rewritten before entry ${known.size}: ${what}`)
      }
    }
    known = checkpoint
  }
}

async function discovered({ gatewayUrl, gateway }: Client): Promise<Discovered> {
  return discover(gatewayUrl, await fetchFor(gateway.ca))
}
