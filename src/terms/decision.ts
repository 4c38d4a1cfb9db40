// What policy answers.
import type { ChannelFindings, FindingCounts } from './finding.ts'

export type Direction = 'request' | 'reply'

/** What policy wants to know before it can decide (`policy.needs`). */
export interface Needs {
  /** Names of the detectors to run on each direction; empty means that nothing is inspected there. */
  readonly detectors: { readonly [direction in Direction]: readonly string[] }
  /** The same in the policy's own words (families where it names families), for entries and people. */
  readonly mask: { readonly [direction in Direction]: readonly string[] }
}

/** What was gathered for one request (`policy.evaluate`). */
export interface Facts {
  readonly subjectGroups: readonly string[]
  readonly model: string
  readonly dialect: string
  readonly operation: string
  readonly stream: boolean
  /** Findings in the request's text, by detector. */
  readonly findings: FindingCounts
  readonly channels: ChannelFindings
  /** Findings in what can't be rewritten (ids, roles, names, keys). */
  readonly structure: FindingCounts
  /** Parts that can't be inspected: of the request, and those that the request asks the reply to hold. */
  readonly opaque: { readonly [direction in Direction]: readonly string[] }
  /** Parts that reach beyond the exchange: state kept at the model server, tools or addresses that it would call. */
  readonly beyond: readonly string[]
}

export interface Obligation {
  readonly kind: 'mask'
  readonly direction: Direction
  readonly detectors: readonly string[]
}

/** A reason is a stable code for entries and machines, and a sentence for people. Neither quotes the request. */
export interface Reason {
  readonly code: string
  readonly message: string
}

export interface Decision {
  readonly effect: 'allow' | 'deny' | 'hold'
  /** The rule that decided, as its configuration names it. */
  readonly rule: string
  readonly reasons: readonly Reason[]
  readonly obligations: readonly Obligation[]
}
