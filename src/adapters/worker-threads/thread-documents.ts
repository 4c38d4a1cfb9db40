// The documents port over worker threads: bytes are given to a thread, and what is sent on comes back from it.
import type { Worker } from 'node:worker_threads'
import type { Documents, Lifetime, RequestDocument, ScannedRequest } from '../../gateway/documents.ts'
import type { Answers, Question } from './messages.ts'
import { ReaderPool, type Lease } from './reader-pool.ts'

export interface ThreadDocuments extends Documents {
  /** Ends the threads; documents that are being read reject. */
  close(): Promise<void>
}

const ABANDONED_MS = 2_000

/** `start` starts a thread that runs `serveReader`; at most `threads` (two or more) of them run at once. */
export function createThreadDocuments(
  start: () => Worker,
  threads: number,
  abandonedMs = ABANDONED_MS,
): ThreadDocuments {
  const pool = new ReaderPool(start, threads, abandonedMs)
  return {
    async request(api, headers, bytes, until) {
      const lease = await pool.take(bytes.size, until.signal)
      until.whenOver(lease.giveBack)
      const blocks = bytes.take()
      const question = { kind: 'request', api, headers, blocks } as const
      return new ThreadRequest(await ask(lease, until, question, blocks), lease, until)
    },
    async reply(api, bytes, detectors, until) {
      const lease = await pool.take(bytes.size, until.signal)
      const blocks = bytes.take()
      const read = await ask(lease, until, { kind: 'reply', api, blocks, detectors }, blocks)
      lease.giveBack()
      return read
    },
    close: () => pool.close(),
  }
}

class ThreadRequest implements RequestDocument {
  readonly asked
  private readonly lease: Lease
  private readonly until: Lifetime

  constructor(asked: RequestDocument['asked'], lease: Lease, until: Lifetime) {
    this.asked = asked
    this.lease = lease
    this.until = until
  }

  async inspect(detectors: readonly string[], upstreamModel: string | undefined): Promise<ScannedRequest> {
    const scanned = await ask(this.lease, this.until, { kind: 'inspect', detectors, upstreamModel }, [])
    this.lease.giveBack()
    const { findings, channels, structure, opaque } = scanned
    let body: Uint8Array | undefined = scanned.body
    return {
      findings,
      channels,
      structure,
      opaque,
      takeBody() {
        if (!body) throw new TypeError('a body is taken once')
        const taken = body
        body = undefined
        return taken
      },
    }
  }
}

/** Asks the thread; gives it back where that fails, and at once where nobody waits any more. */
async function ask<Q extends Question>(
  lease: Lease,
  { signal }: Lifetime,
  question: Q,
  blocks: readonly Uint8Array<ArrayBuffer>[],
): Promise<Answers[Q['kind']]> {
  const left = Promise.withResolvers<never>()
  const leave = (): void => left.reject(signal.reason as Error)
  signal.addEventListener('abort', leave)
  try {
    signal.throwIfAborted()
    const given = blocks.map(({ buffer }) => buffer)
    return await Promise.race([lease.reader.ask(question, given), left.promise])
  } catch (thrown) {
    lease.giveBack()
    throw thrown
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
