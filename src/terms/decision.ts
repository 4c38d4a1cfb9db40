// What policy answers.

export type Direction = 'request' | 'reply'

/** What policy wants to know before it can decide (`policy.needs`). */
export interface Needs {
  /** Names of the detectors to run on each direction; empty means that nothing is inspected there. */
  readonly detectors: { readonly [direction in Direction]: readonly string[] }
}

/** What was gathered for one request (`policy.evaluate`). */
export interface Facts {
  readonly subjectGroups: readonly string[]
  readonly model: string
  readonly operation: string
  readonly stream: boolean
  /** Findings in the request, by detector. */
  readonly findings: { readonly [detector: string]: number }
  /** Parts of the request that could not be inspected, such as `messages[0].content[1] (image_url)`. */
  readonly opaque: readonly string[]
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
