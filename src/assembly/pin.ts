// The pin: the newest checkpoint of a gateway's ledger that this machine has verified, kept in the client's state.
import { statedSize } from '../audit/checkpoint.ts'
import { systemClock } from '../base/clock.ts'
import { withGateway } from '../login/client-state.ts'
import type { Client } from './client.ts'

export interface Pinner {
  /** Takes a verified checkpoint; it is written within a second, and never over a larger one. */
  readonly offer: (note: string) => void
  /** Writes what is not written yet. */
  flush(): Promise<void>
  /** Size of the newest checkpoint offered. */
  readonly size: number | undefined
}

/** A checkpoint as it is remembered; `at`: when it was seen, in epoch milliseconds. */
export function pinned(
  note: string,
  at = systemClock.now(),
): { readonly pin: string; readonly pinnedAt: string } {
  return { pin: note, pinnedAt: new Date(at).toISOString() }
}

const WRITE_EVERY_MS = 1000

export function pinner({ gatewayUrl, state, now }: Pick<Client, 'gatewayUrl' | 'state' | 'now'>): Pinner {
  let newest: string | undefined
  let newestAt = 0
  let written: string | undefined
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const note = newest
    const at = newestAt
    if (note === undefined || note === written) return writing
    written = note
    writing = writing.then(async () => {
      await state.update((kept) => {
        const known = kept.gateways[gatewayUrl]?.pin
        // Another tail may have seen more meanwhile.
        if (known !== undefined && statedSize(known) >= statedSize(note)) return kept
        return withGateway(kept, gatewayUrl, pinned(note, at))
      })
    })
    return writing
  }

  return {
    offer(note) {
      // A recovery accounts for what was seen before it, which may be written only after it.
      if (note !== newest) newestAt = now()
      newest = note
      // A failure is told by the flush at the end.
      timer ??= setTimeout(() => void write().catch(() => undefined), WRITE_EVERY_MS)
    },
    flush: write,
    get size() {
      return newest === undefined ? undefined : statedSize(newest)
    },
  }
}
