// What a detector found: where, never what.

export interface Finding {
  /** The detector's name, such as `email`. */
  readonly detector: string
  /** UTF-16 code units of the source text, end exclusive. */
  readonly start: number
  readonly end: number
  /** Confidence in 0…1. */
  readonly score: number
}

/** Findings by detector name: how many. The form in which entries and callers learn of them. */
export type FindingCounts = { readonly [detector: string]: number }

/** The same by the channel in which they are, named by one of a few words (`text`, `arguments`): never by a caller's. */
export type ChannelFindings = { readonly [channel: string]: FindingCounts }
