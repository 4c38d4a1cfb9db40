// What is said between the gateway's thread and one that reads documents. A question has one answer, then comes the next.
import type { ErrorCode } from '../../base/errors.ts'
import type { Api, ReplyDocument, RequestDocument, ScannedRequest } from '../../gateway/documents.ts'

/** Blocks are given away with the message: the sender has them no longer. */
export type Question =
  | {
      readonly kind: 'request'
      readonly api: Api
      readonly headers: Readonly<Record<string, string>>
      readonly blocks: readonly Uint8Array[]
    }
  /** About the request of the question before. */
  | {
      readonly kind: 'inspect'
      readonly detectors: readonly string[]
      readonly upstreamModel: string | undefined
    }
  | {
      readonly kind: 'reply'
      readonly api: Api
      readonly blocks: readonly Uint8Array[]
      readonly detectors: readonly string[]
    }

export interface Answers {
  readonly request: RequestDocument['asked']
  readonly inspect: Omit<ScannedRequest, 'takeBody'> & { readonly body: Uint8Array }
  readonly reply: ReplyDocument
}

/** An error as it crosses threads; `where` are stack frames, without a message. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly status: number
  readonly nextSteps: readonly string[]
  readonly where: readonly string[]
}

/** `forget`: the request that was read will not be inspected. It has no answer. */
export type ToReader = Question | { readonly kind: 'forget' }
export type FromReader = { readonly value: Answers[Question['kind']] } | { readonly failure: Failure }
