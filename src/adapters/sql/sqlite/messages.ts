// What the gateway's thread and the store's thread say to each other. Plain values only: they are cloned on the way.
import type { EntryQuery, LoggedEntry } from '../../../audit/log.ts'
import type { ErrorCode } from '../../../base/errors.ts'
import type { Leaf } from '../leaf.ts'

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
  /** Records that expired by then (epoch milliseconds) may go. */
  readonly now: number
}

export type Question =
  | { readonly ask: 'read'; readonly query: EntryQuery }
  | { readonly ask: 'firstSince'; readonly time: number }
  | { readonly ask: 'inclusion'; readonly index: number; readonly size: number }
  | { readonly ask: 'consistency'; readonly from: number; readonly to: number }
  | { readonly ask: 'tile'; readonly level: number; readonly number: number }
  | { readonly ask: 'record'; readonly kind: string; readonly key: string; readonly now: number }

/** What each question is answered with. */
export interface Answers {
  read: readonly LoggedEntry[]
  firstSince: number
  inclusion: readonly Uint8Array[]
  consistency: readonly Uint8Array[]
  tile: Uint8Array
  /** The record's JSON text. */
  record: string | undefined
}

export type ToStore =
  | {
      readonly kind: 'open'
      readonly folder: string
      readonly origin: string
      readonly now: number
      readonly anyClock: boolean
    }
  | { readonly kind: 'commit'; readonly batch: Batch }
  | {
      readonly kind: 'ask'
      readonly questions: readonly { readonly id: number; readonly question: Question }[]
    }
  | { readonly kind: 'close' }

/** An error as it crosses threads. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly nextSteps: readonly string[]
}

/** Where the ledger stands after a commit. */
export interface Head {
  readonly size: number
  /** The signed checkpoint of that size. */
  readonly note: string
}

export type FromStore =
  | { readonly kind: 'opened'; readonly vkey: string; readonly head: Head }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'committed'; readonly head: Head }
  /** This commit's fate is unknown, and no other will be tried. */
  | { readonly kind: 'latched'; readonly reason: string }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  | { readonly kind: 'closed' }

export type Answer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: Failure }
