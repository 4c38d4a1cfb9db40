// A few reading threads, started when first needed. Each serves one document at a time, from its reading to its encoding.
import type { Worker } from 'node:worker_threads'
import { SluiceError } from '../../base/errors.ts'
import { Reader } from './reader.ts'

/** Of these, one thread fewer than there are is busy at once: some thread is always soon free for smaller ones. */
const LARGE = 2 ** 20

/** A thread, for one document. */
export interface Lease {
  readonly reader: Reader
  /** Whatever it is doing then is of no interest any more; more than once is once. */
  giveBack(): void
}

interface Waiting {
  readonly large: boolean
  readonly resolve: (lease: Lease) => void
  readonly reject: (error: SluiceError) => void
}

export class ReaderPool {
  private readonly start: () => Worker
  private readonly most: number
  private readonly abandonedMs: number
  private readonly readers = new Set<Reader>()
  private readonly idle: Reader[] = []
  private largeOnes = 0
  private waiting: Waiting[] = []
  private isClosed = false

  /** `most`: how many threads, at least two. `abandonedMs`: how long one may go on with what nobody waits for. */
  constructor(start: () => Worker, most: number, abandonedMs: number) {
    this.start = start
    this.most = most
    this.abandonedMs = abandonedMs
  }

  /** Waits for a thread, in the order of arrival. Rejects with the signal's reason once it aborts. */
  take(size: number, signal: AbortSignal): Promise<Lease> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      if (this.isClosed) return reject(closed())
      const waiting: Waiting = {
        large: size > LARGE,
        resolve(lease) {
          signal.removeEventListener('abort', leave)
          resolve(lease)
        },
        reject,
      }
      const leave = (): void => {
        this.waiting = this.waiting.filter((other) => other !== waiting)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', leave)
      this.waiting.push(waiting)
      this.serve()
    })
  }

  async close(): Promise<void> {
    this.isClosed = true
    for (const { reject } of this.waiting.splice(0)) reject(closed())
    await Promise.all([...this.readers].map((reader) => reader.end()))
  }

  private serve(): void {
    for (;;) {
      const full = this.largeOnes >= this.most - 1
      const next = this.waiting.findIndex(({ large }) => !large || !full)
      if (next < 0) return
      const reader = this.idle.pop() ?? this.another()
      if (!reader) return
      const [{ large, resolve }] = this.waiting.splice(next, 1) as [Waiting]
      if (large) this.largeOnes++
      resolve(this.lease(reader, large))
    }
  }

  private lease(reader: Reader, large: boolean): Lease {
    let given = false
    return {
      reader,
      giveBack: () => {
        if (given) return
        given = true
        void reader.quiet(this.abandonedMs).then(() => {
          if (large) this.largeOnes--
          if (!reader.isGone) this.idle.push(reader)
          this.serve()
        })
      },
    }
  }

  private another(): Reader | undefined {
    if (this.isClosed || this.readers.size >= this.most) return undefined
    const reader = new Reader(this.start(), (gone) => {
      this.readers.delete(gone)
      const at = this.idle.indexOf(gone)
      if (at >= 0) this.idle.splice(at, 1)
      this.serve()
    })
    this.readers.add(reader)
    return reader
  }
}

function closed(): SluiceError {
  return new SluiceError('ERR_GATEWAY_STOPPING', 'The gateway is stopping.')
}
