// What a process under test tells of itself when its parent asks: CPU time, memory, descriptors, event-loop delay.
import { readdirSync, readlinkSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface Vitals {
  /** CPU time since the process began, all threads, in microseconds. */
  readonly cpu: number
  /** Bytes: of the whole process, of V8's heap on the main thread, and of what that holds outside of it. */
  readonly rss: number
  readonly heap: number
  readonly external: number
  /** Open sockets and files, without what threads have for themselves; 0 where the system doesn't tell. */
  readonly descriptors: number
  /** Milliseconds by which the main thread's event loop was late, since it was last asked. */
  readonly delay: Delay
}

export interface Delay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** `collected`: after all garbage is, for which Node runs with --expose-gc. */
export type Asked = 'vitals' | 'collected'

const RESOLUTION_MS = 5
// V8 frees what stands outside of its heap some turns after the collection that found it dead.
const COLLECTIONS = 3

/** Answers the parent's questions from here on, and goes when it has gone. */
export function answerParent(): void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  process.once('disconnect', () => process.exit())
  process.on('message', async (asked: Asked) => {
    const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
    // Before the collections, which would count as delay.
    const delay = {
      p50: ms(histogram.percentile(50)),
      p99: ms(histogram.percentile(99)),
      max: ms(histogram.max),
    }
    if (asked === 'collected') await collect()
    histogram.reset()
    process.send?.(vitals(delay))
  })
}

function vitals(delay: Delay): Vitals {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { cpu: user + system, rss, heap: heapUsed, external, descriptors: descriptors(), delay }
}

async function collect(): Promise<void> {
  if (!globalThis.gc) throw new Error('Node runs without --expose-gc')
  for (let i = 0; i < COLLECTIONS; i++) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc()
  }
}

function descriptors(): number {
  try {
    return readdirSync('/proc/self/fd').filter(isSocketOrFile).length
  } catch {
    return 0
  }
}

function isSocketOrFile(descriptor: string): boolean {
  try {
    return /^(socket:|\/)/.test(readlinkSync(`/proc/self/fd/${descriptor}`))
  } catch {
    // It was the reading of the folder itself.
    return false
  }
}
