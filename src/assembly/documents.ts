// How the gateway reads documents: small ones on the event loop, large ones in threads.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { createThreadDocuments } from '../adapters/worker-threads/thread-documents.ts'
import { dialects } from '../dialects/all.ts'
import { bySize } from '../gateway/documents-by-size.ts'
import type { Documents } from '../gateway/documents.ts'
import { createInlineDocuments } from '../gateway/inline-documents.ts'
import type { MaskerFor } from '../gateway/masking.ts'
import type { MaskingRules } from '../masking/own.ts'

/** The largest that holds up the event loop for less than 20 ms, whatever its contents (docs/decisions/0010). */
const SMALL_BYTES = 2 ** 13
/** Even with one core two threads: one that is busy with what is large must not stop what is not. */
const THREADS = Math.max(2, Math.min(4, availableParallelism()))
/**
 * Far above what the hungriest document of 32 MiB takes, 700 MB: a thread that reaches its bound in small steps is ended,
 * but in a large one it takes the whole process with it.
 */
const HEAP_MB = 2048

export interface ReadingThreads {
  readonly documents: Documents
  close(): Promise<void>
}

/** Threads start when they are first needed, and mask by the same rules as `maskers` do. */
export function readDocuments(maskers: MaskerFor, rules: MaskingRules): ReadingThreads {
  const start = (): Worker =>
    new Worker(new URL('./reader-worker.ts', import.meta.url), {
      workerData: rules,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
  const threads = createThreadDocuments(start, THREADS)
  return {
    documents: bySize(createInlineDocuments(dialects, maskers), threads, SMALL_BYTES),
    close: () => threads.close(),
  }
}
