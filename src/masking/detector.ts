// A detector: one kind of value, as data. Tables of them, one a family of formats, are in detectors/.

export const FAMILIES = ['secrets', 'personal'] as const
export type Family = (typeof FAMILIES)[number]

/**
 * One way to write a value. Regular expressions stand here for their notation only: grammar.ts compiles them into
 * automata that find the longest match, and refuses what an automaton can't do (lookaround, backreferences, anchors,
 * lazy quantifiers).
 */
export interface Form {
  readonly grammar: RegExp
  /** What the form never begins right after: alternatives of one or two code units. */
  readonly notAfter?: RegExp
}

export interface Detector {
  /** Kebab-case, stable: policies and entries name it. */
  readonly name: string
  /** What a found value leaves as. */
  readonly placeholder: string
  readonly family: Family
  readonly forms: readonly Form[]
  /** What a value never ends right before: one code unit. */
  readonly notBefore?: RegExp
  /** Whether a text of a form is a value in fact: checksums, ranges. Without it, a value is certain once it is read. */
  readonly check?: (text: string) => boolean
  /** For values that may be cut into strings (an array of lines): a beginning after which the next string is read. */
  readonly opening?: string
  /** Confidence in 0…1 that a find is what the name says. */
  readonly score: number
  /** Where the format is published. */
  readonly source: string
  /** A text that holds one, and one that nearly does. */
  readonly found: string
  readonly nearMiss: string
}
