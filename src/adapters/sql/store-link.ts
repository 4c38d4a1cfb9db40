// The gateway's end of the store's thread: gathers what is to be written into batches, and matches answers to questions.
import type { MessagePort, Worker } from 'node:worker_threads'
import type { Clock } from '../../base/clock.ts'
import { SluiceError } from '../../base/errors.ts'
import type { ErrorCode } from '../../base/errors.ts'
import { Asked, errorOf } from './asked.ts'
import type { Leaf } from './leaf.ts'
import type {
  Answers,
  Committed,
  FromStore,
  Head,
  Question,
  RecordChange,
  StorePlace,
  ToStore,
} from './messages.ts'
import { Unrecorded } from './unrecorded.ts'

/** Where `serveStore` serves: a thread of its own, or one that is shared. */
export type StoreThread = Worker | MessagePort

export interface StoreToOpen {
  readonly place: StorePlace
  readonly origin: string
  readonly anyClock?: boolean | undefined
  readonly recovering?: boolean | undefined
}

interface Write {
  readonly leaves: readonly Leaf[]
  readonly changes: readonly RecordChange[]
  readonly besides: string | undefined
  /** The code that a failure is told under. */
  readonly code: ErrorCode
  /** `first` is the index of the first leaf. */
  readonly resolve: (first: number) => void
  readonly reject: (error: SluiceError) => void
}

// One transaction holds at most this many leaves (save a single append that is larger), to bound how long it takes.
const MAX_LEAVES = 1024
// Whoever waits for a batch whose fate can't be found out is told so by then.
const UNDECIDED_AT_MOST_MS = 10_000

export class StoreLink {
  head: Head = { size: 0, note: '' }
  private readonly thread: StoreThread
  private readonly clock: Clock
  private readonly onCommitted: (size: number) => void
  private readonly onWritable: (refused: SluiceError | undefined) => void
  private waiting: Write[] = []
  private inFlight: Write[] = []
  private readonly asked = new Asked()
  private scheduled = false
  /** Why nothing more is written, ever. */
  private latch: string | undefined
  /** Why nothing is accepted until it is known what became of the batch in flight. */
  private undecided: { readonly reason: string; readonly timer: NodeJS.Timeout } | undefined
  private committing = false
  private readonly unrecorded = new Unrecorded()
  private gone = false
  private closing: Promise<void> | undefined
  private onIdle = (): void => {}
  private onGone = (): void => {}

  /** `onWritable`: told when nothing can be written, and why, although nobody has asked for that; and when it can be again. */
  constructor(
    thread: StoreThread,
    clock: Clock,
    onCommitted: (size: number) => void,
    onWritable: (refused: SluiceError | undefined) => void,
  ) {
    this.thread = thread
    this.clock = clock
    this.onCommitted = onCommitted
    this.onWritable = onWritable
  }

  /** Resolves with the ledger's verifier key, or rejects with what the store refused. */
  open({ place, origin, anyClock = false, recovering }: StoreToOpen): Promise<string> {
    const opening = Promise.withResolvers<string>()
    this.thread.on('message', (message: FromStore) => {
      if (message.kind === 'opened') {
        this.head = message.head
        opening.resolve(message.vkey)
      } else if (message.kind === 'refused') opening.reject(errorOf(message.failure))
      else this.receive(message)
    })
    const stopped = (cause?: unknown) => {
      opening.reject(new SluiceError('ERR_STORE', 'The thread of the store stopped.', { cause }))
      this.leave('its thread stopped')
    }
    this.thread.on('error', stopped)
    this.thread.on('exit', () => stopped())
    this.post({ kind: 'open', place, origin, now: this.clock.now(), anyClock, recovering })
    return opening.promise
  }

  get writable(): boolean {
    return this.refusedFor === undefined
  }

  private get refusedFor(): string | undefined {
    return this.latch ?? this.undecided?.reason
  }

  get waitingLeaves(): number {
    return [...this.inFlight, ...this.waiting].reduce((sum, { leaves }) => sum + leaves.length, 0)
  }

  /** Resolves once durable, with the index of the first leaf. A failure is told under `code`; `besides` is a batch's. */
  write(
    code: ErrorCode,
    leaves: readonly Leaf[],
    changes: readonly RecordChange[],
    besides?: string,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      const write = { leaves, changes, besides, code, resolve, reject }
      if (this.refusedFor !== undefined) return this.refuse(write, this.refusedFor)
      this.waiting.push(write)
      this.schedule()
    })
  }

  ask<Q extends Question>(question: Q): Promise<Answers[Q['ask']]> {
    const answer = this.asked.ask(question)
    this.schedule()
    return answer
  }

  /** Accepts no more, lets what was accepted become durable, then closes the database and ends the thread. */
  close(): Promise<void> {
    return (this.closing ??= this.finish())
  }

  private async finish(): Promise<void> {
    this.latch ??= 'it is closed'
    if (this.waiting.length + this.inFlight.length > 0 && !this.undecided) {
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
    const questions = this.asked.take()
    if (questions.length > 0) this.post({ kind: 'ask', questions })
    if (this.committing || this.undecided) return
    if (this.waiting.length > 0) this.send(this.takeBatch(), [])
  }

  private send(writes: Write[], interrupt: readonly string[]): void {
    this.inFlight = writes
    this.committing = true
    const leaves = writes.flatMap((write) => write.leaves)
    const changes = writes.flatMap((write) => write.changes)
    const besides = writes.at(-1)?.besides
    this.post({ kind: 'commit', batch: { leaves, changes, interrupt, now: this.clock.now(), besides } })
  }

  private takeBatch(): Write[] {
    let leaves = 0
    const end = this.waiting.findIndex((write, at) => (leaves += write.leaves.length) > MAX_LEAVES && at > 0)
    return this.waiting.splice(0, end < 0 ? this.waiting.length : end)
  }

  private receive(message: FromStore): void {
    if (message.kind === 'committed') this.acknowledge(message)
    else if (message.kind === 'undecided') this.hold(message.reason)
    else if (message.kind === 'rejected') this.reject(message.reason, message.head)
    else if (message.kind === 'latched') this.refuseAll(message.reason)
    else if (message.kind === 'moved') this.move(message.head)
    else if (message.kind === 'answers') this.asked.answer(message.answers)
    else if (message.kind === 'closed') this.leave('it is closed')
  }

  private acknowledge({ head, first }: Committed): void {
    const done = this.inFlight
    for (const write of done) {
      write.resolve(first)
      first += write.leaves.length
    }
    this.unrecorded.ended()
    this.goOn(head, this.unrecorded.end())
  }

  private reject(reason: string, head: Head): void {
    const refused = this.inFlight
    this.unrecorded.notEnded()
    // What a batch of theirs was just refused for would be so again: they wait for one that is not.
    this.goOn(head, [])
    for (const write of refused) this.refuse(write, reason)
  }

  private goOn(head: Head, interrupt: readonly string[]): void {
    this.inFlight = []
    this.committing = false
    if (this.undecided) {
      clearTimeout(this.undecided.timer)
      this.undecided = undefined
      this.onWritable(undefined)
    }
    if (interrupt.length > 0 && this.latch === undefined) this.send([], interrupt)
    else if (this.waiting.length > 0) this.schedule()
    else this.onIdle()
    this.move(head)
  }

  private move(head: Head): void {
    const grown = head.size > this.head.size
    if (grown || head.size === this.head.size) this.head = head
    if (grown) this.onCommitted(head.size)
  }

  // What waits behind the batch is refused at once; whoever waits for the batch itself, after a while.
  private hold(reason: string): void {
    if (!this.undecided) this.onWritable(refusal('ERR_LEDGER_UNAVAILABLE', reason))
    const timer = this.undecided?.timer ?? setTimeout(() => this.abandon(), UNDECIDED_AT_MOST_MS)
    this.undecided = { reason, timer }
    const refused = this.waiting.splice(0)
    for (const write of refused) this.refuse(write, reason)
  }

  private abandon(): void {
    this.post({ kind: 'abandon' })
    const refused = this.inFlight.splice(0)
    for (const write of refused) this.refuse(write, this.undecided?.reason ?? '', 'perhaps')
    this.onIdle()
  }

  private refuse(write: Write, reason: string, written: 'not' | 'perhaps' = 'not'): void {
    this.unrecorded.add(write.leaves, written)
    write.reject(refusal(write.code, reason))
  }

  private refuseAll(reason: string): void {
    clearTimeout(this.undecided?.timer)
    if (this.latch === undefined) {
      this.latch = reason
      this.onWritable(refusal('ERR_LEDGER_UNAVAILABLE', reason))
    }
    const refused = [...this.inFlight.splice(0), ...this.waiting.splice(0)]
    for (const write of refused) write.reject(refusal(write.code, reason))
    this.onIdle()
  }

  private leave(reason: string): void {
    this.gone = true
    this.refuseAll(reason)
    this.asked.close()
    this.onGone()
  }

  private post(message: ToStore): void {
    this.thread.postMessage(message)
  }
}

function refusal(code: ErrorCode, reason: string): SluiceError {
  const what = code === 'ERR_LEDGER_UNAVAILABLE' ? 'ledger' : 'store'
  return new SluiceError(code, `The ${what} can't be written: ${reason}.`, {
    nextSteps: [
      'Whoever runs the gateway: see that its database, or its disk, is well and has space; until then it lets nothing through.',
    ],
  })
}
