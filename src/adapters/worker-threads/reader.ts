// The gateway's end of one reading thread.
import type { Worker } from 'node:worker_threads'
import { SluiceError } from '../../base/errors.ts'
import type { Answers, Failure, FromReader, Question, ToReader } from './messages.ts'

interface Asked {
  readonly resolve: (value: Answers[Question['kind']]) => void
  readonly reject: (error: SluiceError) => void
}

export class Reader {
  private readonly worker: Worker
  private asked: Asked | undefined
  private onQuiet = (): void => undefined
  /** Whether the thread has ended. */
  isGone = false

  constructor(worker: Worker, onGone: (reader: Reader) => void) {
    this.worker = worker
    const leave = (): void => {
      if (this.isGone) return
      this.isGone = true
      this.settle()?.reject(died())
      onGone(this)
    }
    worker.on('message', (message: FromReader) => {
      const asked = this.settle()
      if ('failure' in message) asked?.reject(errorOf(message.failure))
      else asked?.resolve(message.value)
    })
    worker.on('error', leave).on('messageerror', leave).on('exit', leave)
    // A thread that waits for work keeps no process alive.
    worker.unref()
  }

  /** One question at a time. Rejects with ERR_MASKING_FAILED where the thread dies. */
  ask<Q extends Question>(question: Q, given: readonly ArrayBuffer[]): Promise<Answers[Q['kind']]> {
    return new Promise((resolve, reject) => {
      if (this.isGone) return reject(died())
      this.asked = { resolve: resolve as Asked['resolve'], reject }
      this.worker.ref()
      this.post(question, given)
    })
  }

  /** Drops what was read, once the question under way is answered; ends the thread where that takes longer than `ms`. */
  async quiet(ms: number): Promise<void> {
    if (this.asked) {
      const timer = setTimeout(() => void this.worker.terminate(), ms)
      await new Promise<void>((resolve) => (this.onQuiet = resolve))
      clearTimeout(timer)
    }
    if (!this.isGone) this.post({ kind: 'forget' }, [])
  }

  async end(): Promise<void> {
    await this.worker.terminate()
  }

  private settle(): Asked | undefined {
    const { asked } = this
    this.asked = undefined
    this.worker.unref()
    this.onQuiet()
    return asked
  }

  private post(message: ToReader, given: readonly ArrayBuffer[]): void {
    this.worker.postMessage(message, given)
  }
}

function died(): SluiceError {
  return new SluiceError(
    'ERR_MASKING_FAILED',
    'The thread that read this document ended before it was done.',
    {
      nextSteps: ['Send less at once, or tell the gateway’s operator: the log says where.'],
    },
  )
}

function errorOf({ code, message, status, nextSteps, where }: Failure): SluiceError {
  const cause = new Error()
  cause.name = where[0] ?? cause.name
  cause.stack = where
    .slice(1)
    .map((frame) => `    ${frame}`)
    .join('\n')
  return new SluiceError(code, message, { status, nextSteps, ...(where.length > 0 && { cause }) })
}
