// Questions to the store's thread that wait for their answers.
import { SluiceError } from '../../base/errors.ts'
import type { Answer, Answers, Failure, Question } from './messages.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: SluiceError) => void
}

export class Asked {
  private readonly waiting = new Map<number, Waiting>()
  private unsent: { id: number; question: Question }[] = []
  private nextId = 0
  private closed = false

  /** Rejects with ERR_STORE where the store is closed, or is before it has answered. */
  ask<Q extends Question>(question: Q): Promise<Answers[Q['ask']]> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(closed())
      const id = this.nextId++
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.unsent.push({ id, question })
    })
  }

  /** Those that were asked since the last call. */
  take(): readonly { readonly id: number; readonly question: Question }[] {
    return this.unsent.splice(0)
  }

  answer(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const waiting = this.waiting.get(answer.id)
      this.waiting.delete(answer.id)
      if ('failure' in answer) waiting?.reject(errorOf(answer.failure))
      else waiting?.resolve(answer.value)
    }
  }

  close(): void {
    this.closed = true
    for (const { reject } of this.waiting.values()) reject(closed())
    this.waiting.clear()
  }
}

/** An error that has crossed threads. */
export function errorOf({ code, message, nextSteps, status }: Failure): SluiceError {
  return new SluiceError(code, message, { nextSteps, status })
}

function closed(): SluiceError {
  return new SluiceError('ERR_STORE', 'The store is closed.')
}
