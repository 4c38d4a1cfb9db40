// A reader's own entries as the gateway's read API gives them, each verified here, by the key and checkpoint pinned.
import { openCheckpoint } from '../audit/checkpoint.ts'
import { verifierOf } from '../audit/note.ts'
import { tail } from '../audit/tail.ts'
import type { VerifiedEntry } from '../audit/verify-follow.ts'
import { witnessedAnchor, type WitnessedAnchor } from '../audit/verify/witnessed.ts'
import { SluiceError } from '../base/errors.ts'
import type { Client } from './client.ts'
import { mustExtendAnchors, ownCheckpoint } from './extends.ts'
import { witnessKeyIn } from './ledger.ts'
import { rotationsBefore } from './ledger-key.ts'
import { pinner } from './pin.ts'

export interface OwnEntries {
  readonly entries: readonly VerifiedEntry[]
  /** Size of the checkpoint that they were proved against. */
  readonly size: number
  /** What witnesses have cosigned, and that checkpoint extends. */
  readonly witnessed: readonly WitnessedAnchor[]
}

/**
 * All of them, from `since` on (epoch milliseconds) where given, of `wanted` ones. Pins the checkpoint, which must
 * extend what each of the witnesses has cosigned (their keys, or paths of files that hold them).
 */
export async function ownEntries(
  client: Client,
  since: number | undefined,
  wanted: (entry: VerifiedEntry) => boolean,
  witnesses: readonly string[] = [],
): Promise<OwnEntries> {
  const witnessed: WitnessedAnchor[] = []
  // Before the checkpoint is read, which then covers them.
  for (const key of witnesses)
    witnessed.push(await witnessedAnchor(witnessKeyIn(key), (witness) => cosignedAt(client, witness)))
  const { ledger, pin: before } = client.gateway
  const pin = pinner(client)
  const entries: VerifiedEntry[] = []
  let newest: string | undefined
  const following = tail({
    vkey: ledger.vkey,
    pin: before,
    all: false,
    live: false,
    since,
    signal: new AbortController().signal,
    async open(query, signal) {
      const { body } = await client.fetch(`/api/v1/audit/follow?${query}`, { signal })
      return body ?? new Blob([]).stream()
    },
    onPin: (note) => {
      newest = note
      pin.offer(note)
    },
    onLost: () => undefined,
  })
  try {
    for await (const entry of following) if (wanted(entry)) entries.push(entry)
  } finally {
    await pin.flush()
  }
  if (newest !== undefined) {
    const verifier = verifierOf(ledger.vkey)
    const isOfFormerKey = witnessed.some(({ note }) => !openCheckpoint(note, verifier))
    const rotations = isOfFormerKey ? await rotationsBefore(client) : []
    await mustExtendAnchors(client, ownCheckpoint(client, newest), witnessed, rotations)
  }
  return { entries, size: pin.size ?? 0, witnessed }
}

async function cosignedAt(client: Client, witness: string | undefined): Promise<string | undefined> {
  try {
    const query = witness === undefined ? '' : `?witness=${witness}`
    return await (await client.fetch(`/api/v1/audit/cosigned${query}`)).text()
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'ERR_NOT_FOUND') return undefined
    throw thrown
  }
}
