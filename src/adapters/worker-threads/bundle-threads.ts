// Bundles of a ledger checked in threads, so that as many are hashed at once as there are cores.
import type { MessagePort, Worker } from 'node:worker_threads'
import { checkBundle } from '../../audit/verify/check-bundle.ts'
import type { CheckBundle, CheckedBundle } from '../../audit/verify/check-bundle.ts'
import { SluiceError } from '../../base/errors.ts'

/** A ledger that is smaller is through before a thread would have started. */
const AT_ONCE = 16

export interface BundleThreads {
  readonly check: CheckBundle
  close(): Promise<void>
}

/** `start` starts a thread that calls `serveBundles`; at most `most` are, and none for a small ledger. */
export function bundleThreads(start: () => Worker, most: number): BundleThreads {
  const threads: Thread[] = []
  let count = 0
  return {
    async check(bytes, width) {
      if (count++ < AT_ONCE) return checkBundle(bytes, width)
      if (threads.length < most) threads.push(new Thread(start()))
      return threads.reduce((a, b) => (b.busy < a.busy ? b : a)).check(bytes, width)
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.end()))
    },
  }
}

export function serveBundles(port: MessagePort): void {
  port.on('message', ({ bytes, width }: { bytes: Uint8Array; width: number }) => {
    const { hashes, root, flaw } = checkBundle(bytes, width)
    port.postMessage({ hashes, root: Uint8Array.from(root), flaw }, [hashes.buffer as ArrayBuffer])
  })
}

/** It answers in the order in which it is asked. */
class Thread {
  private readonly worker: Worker
  private readonly asked: PromiseWithResolvers<CheckedBundle>[] = []
  private failure: SluiceError | undefined

  constructor(worker: Worker) {
    this.worker = worker
    worker.on('message', (checked: CheckedBundle) => this.asked.shift()?.resolve(checked))
    worker.on('error', (cause) => this.fail(cause))
    worker.on('exit', () => this.fail())
  }

  get busy(): number {
    return this.asked.length
  }

  check(bytes: Uint8Array, width: number): Promise<CheckedBundle> {
    if (this.failure) return Promise.reject(this.failure)
    const asked = Promise.withResolvers<CheckedBundle>()
    this.asked.push(asked)
    // A view of something larger, such as of a shared pool, is not given away.
    const own = bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
    this.worker.postMessage({ bytes: own, width }, [own.buffer as ArrayBuffer])
    return asked.promise
  }

  async end(): Promise<void> {
    await this.worker.terminate()
  }

  private fail(cause?: unknown): void {
    this.failure ??= new SluiceError('ERR_INTERNAL', 'A thread that checks the ledger stopped.', { cause })
    for (const { reject } of this.asked.splice(0)) reject(this.failure)
  }
}
