// A reader's own entries as the gateway's read API gives them, each verified here, by the key and checkpoint pinned.
import { tail } from '../audit/tail.ts'
import type { VerifiedEntry } from '../audit/verify-follow.ts'
import type { Client } from './client.ts'
import { pinner } from './pin.ts'

export interface OwnEntries {
  readonly entries: readonly VerifiedEntry[]
  /** Size of the checkpoint that they were proved against. */
  readonly size: number
}

/** All of them, from `since` on (epoch milliseconds) where given, of `wanted` ones. Pins the checkpoint. */
export async function ownEntries(
  client: Client,
  since: number | undefined,
  wanted: (entry: VerifiedEntry) => boolean,
): Promise<OwnEntries> {
  const { ledger, pin: before } = client.gateway
  const pin = pinner(client)
  const entries: VerifiedEntry[] = []
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
    onPin: pin.offer,
    onLost: () => undefined,
  })
  try {
    for await (const entry of following) if (wanted(entry)) entries.push(entry)
  } finally {
    await pin.flush()
  }
  return { entries, size: pin.size ?? 0 }
}
