// Following the log by cursor: what a reader gets, each entry proved against a checkpoint that extends the one before.
import { statedSize } from './checkpoint.ts'
import type { EntryLog, LoggedEntry } from './log.ts'

export interface FollowRequest {
  /** First index wanted. */
  readonly from: number
  /** Only this subject's entries; everyone's where absent. */
  readonly subject?: string
  /** Whether to wait for entries to come once those that exist are out. */
  readonly live: boolean
  /** Size of the checkpoint that the reader trusts already; 0 for none. */
  readonly pinned: number
  /** Ends the wait. */
  readonly signal: AbortSignal
}

export type FollowEvent =
  | { readonly kind: 'checkpoint'; readonly note: string; readonly consistency: readonly Uint8Array[] }
  | { readonly kind: 'entries'; readonly entries: readonly ProvedEntry[] }

export interface ProvedEntry extends LoggedEntry {
  /** Its audit path in the tree of the checkpoint before it. */
  readonly inclusion: readonly Uint8Array[]
}

// Small enough that a reader who goes away, or a commit that waits its turn, is not kept waiting.
const BATCH = 128

/**
 * A checkpoint first, then the entries that it covers, lowest index first; later checkpoints come only with entries.
 * A reader who trusts more than the log holds gets the checkpoint without a proof: there is none.
 */
export async function* follow(log: EntryLog, request: FollowRequest): AsyncGenerator<FollowEvent, void> {
  const commits = new Commits(log, request.signal)
  try {
    let cursor = request.from
    let proven = request.pinned
    let first = true
    while (!request.signal.aborted) {
      const seen = commits.count
      const note = await log.checkpoint()
      const size = statedSize(note)
      let announced = false
      do {
        const entries = await read(log, request, cursor, size)
        if (!announced && (first || entries.length > 0)) {
          const consistency = proven > 0 && proven < size ? await log.consistency(proven, size) : []
          yield { kind: 'checkpoint', note, consistency }
          announced = true
          first = false
          proven = size
        }
        if (entries.length > 0) yield { kind: 'entries', entries: await prove(log, entries, size) }
        cursor = entries.length < BATCH ? Math.max(cursor, size) : (entries.at(-1)?.index ?? cursor) + 1
      } while (cursor < size && !request.signal.aborted)
      if (!request.live) return
      await commits.after(seen)
    }
  } finally {
    commits.stop()
  }
}

async function read(log: EntryLog, request: FollowRequest, from: number, below: number) {
  if (from >= below) return []
  const { subject } = request
  return log.read({ from, below, limit: BATCH, ...(subject === undefined ? {} : { subject }) })
}

function prove(log: EntryLog, entries: readonly LoggedEntry[], size: number): Promise<ProvedEntry[]> {
  return Promise.all(
    entries.map(async (entry) => ({ ...entry, inclusion: await log.inclusion(entry.index, size) })),
  )
}

/** Counts commits, so that one that falls between reading and waiting is not slept through. */
class Commits {
  count = 0
  private readonly signal: AbortSignal
  private readonly stopListening: () => void
  private wake = (): void => {}

  constructor(log: EntryLog, signal: AbortSignal) {
    this.signal = signal
    signal.addEventListener('abort', this.aborted)
    this.stopListening = log.onCommit(() => {
      this.count++
      this.wake()
    })
  }

  async after(count: number): Promise<void> {
    while (this.count === count && !this.signal.aborted) {
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }

  stop(): void {
    this.stopListening()
    this.signal.removeEventListener('abort', this.aborted)
  }

  private readonly aborted = (): void => this.wake()
}
