// A detector: one kind of value, as data. Tables of them, one a family of formats, are in detectors/.

export const FAMILIES = ['secrets', 'personal'] as const
export type Family = (typeof FAMILIES)[number]

/**
 * The regular expressions are literals for their notation only: grammar.ts compiles them into automata that find the
 * longest match, and refuses what an automaton can't do (lookaround, backreferences, lazy quantifiers, anchors).
 */
export interface Detector {
  /** Kebab-case, stable: policies and entries name it. */
  readonly name: string
  /** What a found value leaves as. */
  readonly placeholder: string
  readonly family: Family
  /** The value's format. */
  readonly grammar: RegExp
  /** A value never begins right after this: alternatives of one or two code units. */
  readonly notAfter?: RegExp
  /** A value never ends right before this: one code unit. */
  readonly notBefore?: RegExp
  /** Whether a text of the grammar is a value in fact: checksums, ranges. Without it, a value is certain once read. */
  readonly check?: (text: string) => boolean
  /** Confidence in 0…1 that a find is what the name says. */
  readonly score: number
  /** Where the format is published. */
  readonly source: string
  /** A text that holds one, and one that nearly does. */
  readonly found: string
  readonly nearMiss: string
}
