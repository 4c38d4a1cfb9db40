// The gateway's end of the store's thread: gathers what is to be written into batches, and matches answers to questions.
import type { MessagePort, Worker } from 'node:worker_threads'
import type { Clock } from '../../../base/clock.ts'
import { SluiceError } from '../../../base/errors.ts'
import type { ErrorCode } from '../../../base/errors.ts'
import type { Leaf } from '../leaf.ts'
import type {
  Answer,
  Answers,
  Failure,
  FromStore,
  Head,
  Question,
  RecordChange,
  ToStore,
} from './messages.ts'

/** Where `serveStore` serves: a thread of its own, or one that is shared. */
export type StoreThread = Worker | MessagePort

export interface StoreToOpen {
  readonly folder: string
  readonly origin: string
  readonly anyClock?: boolean | undefined
}

interface Write {
  readonly leaves: readonly Leaf[]
  readonly changes: readonly RecordChange[]
  /** The code that a failure is told under. */
  readonly code: ErrorCode
  /** `first` is the index of the first leaf. */
  readonly resolve: (first: number) => void
  readonly reject: (error: SluiceError) => void
}

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: SluiceError) => void
}

// One transaction holds at most this many leaves (save a single append that is larger), to bound how long it takes.
const MAX_LEAVES = 1024

export class StoreLink {
  head: Head = { size: 0, note: '' }
  private readonly thread: StoreThread
  private readonly clock: Clock
  private readonly onCommitted: (size: number) => void
  private readonly onLatched: (refused: SluiceError) => void
  private waiting: Write[] = []
  private inFlight: Write[] = []
  private questions: { id: number; question: Question }[] = []
  private readonly asked = new Map<number, Asked>()
  private nextId = 0
  private scheduled = false
  /** Why nothing more is written. */
  private latch: string | undefined
  private gone = false
  private closing: Promise<void> | undefined
  private onIdle = (): void => {}
  private onGone = (): void => {}

  /** `onLatched`: from then on nothing is written, and nobody has asked for that. */
  constructor(
    thread: StoreThread,
    clock: Clock,
    onCommitted: (size: number) => void,
    onLatched: (refused: SluiceError) => void,
  ) {
    this.thread = thread
    this.clock = clock
    this.onCommitted = onCommitted
    this.onLatched = onLatched
  }

  /** Resolves with the ledger's verifier key, or rejects with what the store refused. */
  open({ folder, origin, anyClock = false }: StoreToOpen): Promise<string> {
    const opening = Promise.withResolvers<string>()
    this.thread.on('message', (message: FromStore) => {
      if (message.kind === 'opened') {
        this.head = message.head
        opening.resolve(message.vkey)
      } else if (message.kind === 'refused') opening.reject(errorOf(message.failure))
      else this.receive(message)
    })
    const stopped = (cause?: unknown) => {
      const message = `The thread of the store in ${folder} stopped.`
      opening.reject(new SluiceError('ERR_STORE', message, { cause }))
      this.leave(message)
    }
    this.thread.on('error', stopped)
    this.thread.on('exit', () => stopped())
    this.post({ kind: 'open', folder, origin, now: this.clock.now(), anyClock })
    return opening.promise
  }

  get writable(): boolean {
    return this.latch === undefined
  }

  get waitingLeaves(): number {
    return [...this.inFlight, ...this.waiting].reduce((sum, { leaves }) => sum + leaves.length, 0)
  }

  /** Resolves once durable, with the index of the first leaf. A failure is told under `code`. */
  write(code: ErrorCode, leaves: readonly Leaf[], changes: readonly RecordChange[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const write = { leaves, changes, code, resolve, reject }
      if (this.latch !== undefined) return reject(refusal(code, this.latch))
      this.waiting.push(write)
      this.schedule()
    })
  }

  ask<Q extends Question>(question: Q): Promise<Answers[Q['ask']]> {
    return new Promise((resolve, reject) => {
      if (this.gone) return reject(new SluiceError('ERR_STORE', 'The store is closed.'))
      const id = this.nextId++
      this.asked.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.questions.push({ id, question })
      this.schedule()
    })
  }

  /** Accepts no more, lets what was accepted become durable, then closes the database and ends the thread. */
  close(): Promise<void> {
    return (this.closing ??= this.finish())
  }

  private async finish(): Promise<void> {
    this.latch ??= 'it is closed'
    if (this.waiting.length + this.inFlight.length > 0) {
      await new Promise<void>((resolve) => (this.onIdle = resolve))
    }
    if (this.gone) return
    await new Promise<void>((resolve) => {
      this.onGone = resolve
      this.post({ kind: 'close' })
    })
  }

  // One message for all that this turn of the event loop has brought, and one commit at a time: what arrives
  // meanwhile is the next batch, so batches grow with the load.
  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      this.flush()
    })
  }

  private flush(): void {
    if (this.questions.length > 0) {
      this.post({ kind: 'ask', questions: this.questions })
      this.questions = []
    }
    if (this.inFlight.length > 0 || this.waiting.length === 0) return
    this.inFlight = this.takeBatch()
    const leaves = this.inFlight.flatMap((write) => write.leaves)
    const changes = this.inFlight.flatMap((write) => write.changes)
    this.post({ kind: 'commit', batch: { leaves, changes, now: this.clock.now() } })
  }

  private takeBatch(): Write[] {
    let leaves = 0
    const end = this.waiting.findIndex((write, at) => (leaves += write.leaves.length) > MAX_LEAVES && at > 0)
    return this.waiting.splice(0, end < 0 ? this.waiting.length : end)
  }

  private receive(message: FromStore): void {
    if (message.kind === 'committed') this.acknowledge(message.head)
    else if (message.kind === 'latched') this.refuseAll(message.reason)
    else if (message.kind === 'answers') for (const answer of message.answers) this.answer(answer)
    else if (message.kind === 'closed') this.leave('it is closed')
  }

  private acknowledge(head: Head): void {
    const grown = head.size > this.head.size
    let first = this.head.size
    this.head = head
    const done = this.inFlight
    this.inFlight = []
    for (const write of done) {
      write.resolve(first)
      first += write.leaves.length
    }
    if (this.waiting.length > 0) this.schedule()
    else this.onIdle()
    if (grown) this.onCommitted(head.size)
  }

  private refuseAll(reason: string): void {
    if (this.latch === undefined) {
      this.latch = reason
      this.onLatched(refusal('ERR_LEDGER_UNAVAILABLE', reason))
    }
    const refused = [...this.inFlight, ...this.waiting]
    this.inFlight = []
    this.waiting = []
    for (const write of refused) write.reject(refusal(write.code, reason))
    this.onIdle()
  }

  private answer(answer: Answer): void {
    const asked = this.asked.get(answer.id)
    this.asked.delete(answer.id)
    if ('failure' in answer) asked?.reject(errorOf(answer.failure))
    else asked?.resolve(answer.value)
  }

  private leave(reason: string): void {
    this.gone = true
    this.refuseAll(reason)
    for (const { reject } of this.asked.values()) reject(new SluiceError('ERR_STORE', 'The store is closed.'))
    this.asked.clear()
    this.onGone()
  }

  private post(message: ToStore): void {
    this.thread.postMessage(message)
  }
}

function errorOf({ code, message, nextSteps }: Failure): SluiceError {
  return new SluiceError(code, message, { nextSteps })
}

function refusal(code: ErrorCode, reason: string): SluiceError {
  const what = code === 'ERR_LEDGER_UNAVAILABLE' ? 'ledger' : 'store'
  return new SluiceError(code, `The ${what} can't be written: ${reason}.`, {
    nextSteps: [
      'Whoever runs the gateway: see that its disk has space and is healthy, then restart it; until then it lets nothing through.',
    ],
  })
}
