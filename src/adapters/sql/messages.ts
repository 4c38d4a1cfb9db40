// What the gateway's thread and the store's thread say to each other. Plain values only: they are cloned on the way.
import type { EntryQuery, LoggedEntry } from '../../audit/log.ts'
import type { ErrorCode } from '../../base/errors.ts'
import type { Leaf } from './leaf.ts'

export type RecordChange =
  | {
      readonly verb: 'put'
      readonly kind: string
      readonly key: string
      readonly value: string
      readonly expiresAt: number | null
      readonly group: string | null
    }
  | { readonly verb: 'remove'; readonly kind: string; readonly key: string }
  | { readonly verb: 'removeGroup'; readonly group: string }

/** Everything that goes into one transaction. */
export interface Batch {
  readonly leaves: readonly Leaf[]
  readonly changes: readonly RecordChange[]
  /** Exchanges whose own outcome could not be recorded: where they are still open, they end as interrupted. */
  readonly interrupt: readonly string[]
  /** Records that expired by then (epoch milliseconds) may go. */
  readonly now: number
  /**
   * The checkpoint that the batch is to end with, and no other, as it is known beforehand: another key's signature of it
   * comes besides.
   */
  readonly besides?: string | undefined
}

export type Question =
  | { readonly ask: 'read'; readonly query: EntryQuery }
  | { readonly ask: 'firstSince'; readonly time: number }
  | { readonly ask: 'inclusion'; readonly index: number; readonly size: number }
  | { readonly ask: 'consistency'; readonly from: number; readonly to: number }
  | { readonly ask: 'tile'; readonly level: number; readonly number: number }
  | { readonly ask: 'record'; readonly kind: string; readonly key: string; readonly now: number }
  /** The newest durable checkpoint, of whichever gateway. */
  | { readonly ask: 'checkpoint' }

/** What is asked of the tables as they are. */
export type ReaderQuestion = Exclude<Question, { readonly ask: 'checkpoint' }>

/** What each question is answered with. */
export interface Answers {
  read: readonly LoggedEntry[]
  firstSince: number
  inclusion: readonly Uint8Array[]
  consistency: readonly Uint8Array[]
  tile: Uint8Array
  /** The record's JSON text. */
  record: string | undefined
  /** A signed note. */
  checkpoint: string
}

/** Where a store is: a folder of this machine, or a PostgreSQL database and the file of the ledger's key. */
export type StorePlace =
  { readonly folder: string } | { readonly url: string; readonly keyPath: string; readonly leaseMs?: number }

export type ToStore =
  | {
      readonly kind: 'open'
      readonly place: StorePlace
      readonly origin: string
      readonly now: number
      readonly anyClock: boolean
      /** What the store lost is to be put on record first: its latch stays aside, and no exchange is ended meanwhile. */
      readonly recovering?: boolean | undefined
    }
  | { readonly kind: 'commit'; readonly batch: Batch }
  | {
      readonly kind: 'ask'
      readonly questions: readonly { readonly id: number; readonly question: Question }[]
    }
  /** Nobody waits for the batch in flight any more: where it is not written, it need not be. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'close' }

/** An error as it crosses threads. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly nextSteps: readonly string[]
  /** The HTTP status that it is told with. */
  readonly status: number
}

/** Where the ledger stands after a commit. */
export interface Head {
  readonly size: number
  /** The signed checkpoint of that size. */
  readonly note: string
}

/** A batch that is durable: where the ledger stands now, and the index of the batch's first leaf. */
export interface Committed {
  readonly head: Head
  readonly first: number
}

export type FromStore =
  | { readonly kind: 'opened'; readonly vkey: string; readonly head: Head }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | ({ readonly kind: 'committed' } & Committed)
  /** The batch's fate is not known yet, or the store can't be reached: nothing is accepted meanwhile. */
  | { readonly kind: 'undecided'; readonly reason: string }
  /** Nothing of the batch is in the store; others may go on. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly head: Head }
  /** What is stored does not extend what was acknowledged: nothing is written any more. */
  | { readonly kind: 'latched'; readonly reason: string }
  /** Another gateway has committed. */
  | { readonly kind: 'moved'; readonly head: Head }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  | { readonly kind: 'closed' }

export type Answer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: Failure }
