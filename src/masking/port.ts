// The masking port (MASKING.md of the design): what an engine does for the pipeline. An engine is pure: no I/O, no clock.
import type { Finding } from '../terms/finding.ts'

/** `source.slice(start, end)` leaves as `text`. Edits are in order and do not overlap. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What one write settled. Offsets are UTF-16 code units from the beginning of the stream. */
export interface Settled {
  /** Everything before this offset is decided and may leave, with `edits` applied. Never inside a surrogate pair. */
  readonly through: number
  /**
   * Newly settled edits, all before `through`. A match that commits early arrives in pieces: the first carries the
   * placeholder, later ones continue where the last ended and have empty text.
   */
  readonly edits: readonly Edit[]
  /** Findings that are complete and certain now. */
  readonly findings: readonly Finding[]
}

/** One channel's text on its way through. After a throw the stream is dead: nothing undecided may leave. */
export interface MaskStream {
  /** Feeds the next piece of source text; pieces may be cut anywhere, within surrogate pairs too. */
  write(text: string): Settled
  /** No more text: settles the rest, so that `through` is the length of all that was written. */
  end(): Settled
}

export interface Masked {
  readonly text: string
  readonly edits: readonly Edit[]
  readonly findings: readonly Finding[]
}

/** An engine with a set of detectors compiled in. */
export interface Masker {
  /** The detectors in force, by name. */
  readonly detectors: readonly string[]
  /** Whether it masks by the keys that stand above a value: then JSON must be read from its beginning. */
  readonly hasFields?: true
  /** `kind` says how the text is read: `json` is JSON text, whose strings are seen unescaped (contract, section 9). */
  open(kind: 'text' | 'json'): MaskStream
  /** Masks a whole text: by definition what a stream of it gives, however it is cut. */
  mask(text: string, kind?: 'text' | 'json'): Masked
}
