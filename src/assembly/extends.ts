// Whether the gateway's ledger goes on from what was seen of it before, proved by the gateway and verified here.
import { openCheckpoint, type Checkpoint } from '../audit/checkpoint.ts'
import { verifyConsistency } from '../audit/merkle.ts'
import { verifierOf } from '../audit/note.ts'
import type { Rotation } from '../audit/rotation.ts'
import { fault } from '../audit/verify/fault.ts'
import { heldAgainst, type Anchor } from '../audit/verify/trust.ts'
import type { Client } from './client.ts'

/** Rejects with ERR_LEDGER_INVALID where the checkpoint, which is verified already, does not extend each of the anchors, and the checkpoints of the rotations. */
export async function mustExtendAnchors(
  client: Client,
  checkpoint: Checkpoint,
  anchors: readonly Anchor[],
  rotations: readonly Rotation[] = [],
): Promise<void> {
  const { vkey } = client.gateway.ledger
  const { size: to, root: toRoot } = checkpoint
  for (const { size: from, root: fromRoot, source } of heldAgainst(
    { vkey, rotations, anchors },
    checkpoint,
  )) {
    if (from === 0) continue
    const path = from === to ? [] : await consistency(client.fetch, from, to)
    if (verifyConsistency({ from, fromRoot, to, toRoot }, path)) continue
    const what = `the checkpoint of ${to} does not begin with the ${from} entries that the one ${source} covers`
    throw fault('forked', `forked or rewritten before entry ${from}: ${what}`)
  }
}

/** The same, of what this machine has pinned. */
export async function mustExtendPin(client: Client, checkpoint: Checkpoint): Promise<void> {
  const { pin } = client.gateway
  if (pin !== undefined)
    await mustExtendAnchors(client, checkpoint, [{ note: pin, source: 'pinned on this machine' }])
}

/** The checkpoint in a note of this gateway's. Throws ERR_LEDGER_INVALID where its pinned key has not signed it. */
export function ownCheckpoint(client: Client, note: string): Checkpoint {
  const checkpoint = openCheckpoint(note, verifierOf(client.gateway.ledger.vkey))
  if (checkpoint) return checkpoint
  throw fault('other-key', 'a checkpoint is not signed by the key pinned on this machine')
}

export type Fetch = (path: string) => Promise<Response>

/** The proof that the gateway gives between two sizes, unverified. */
export async function consistency(fetch: Fetch, from: number, to: number): Promise<Uint8Array[]> {
  const response = await fetch(`/api/v1/audit/consistency?from=${from}&to=${to}`)
  const { hashes } = (await response.json()) as { hashes?: unknown }
  if (!Array.isArray(hashes) || hashes.length > 128) return []
  return hashes.map((hash) => Buffer.from(typeof hash === 'string' ? hash : '', 'base64'))
}
