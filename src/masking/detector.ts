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
  /** What the form begins right after, and what it never begins right after: none of it is part of the value. */
  readonly after?: RegExp
  readonly notAfter?: RegExp
}

/**
 * `isWhole` says whether the text ends where it is over, `ends` gives its ends before that, ascending, up to an index. They
 * cost a reading of the text, so what no valid text begins with is refused before they are asked for.
 */
export type LastValid = (text: string, isWhole: boolean, ends: Ends) => number | undefined
export type Ends = (upTo: number) => readonly number[]

export interface Detector {
  /** Kebab-case, stable: policies and entries name it. */
  readonly name: string
  /** What a found value leaves as. */
  readonly placeholder: string
  /**
   * What it leaves as instead, where that depends on the value: see placeholders.ts. Such a value waits until it is whole;
   * one of more than LONGEST_UNDECIDED code units leaves as the placeholder.
   */
  readonly replace?: (value: string) => string
  /** How many of its last characters `partial` may show. */
  readonly shown?: number
  readonly family: Family
  readonly forms: readonly Form[]
  /** Keys of JSON, or the ends of paths of them (`address.street`), under which everything is one: see fields.ts. */
  readonly fields?: readonly string[]
  /** Whether its forms are lists of bounded literals: then it has fewer states than they have characters. */
  readonly literal?: boolean
  /** A beginning that proves a value: what has read it is one, as far as a form still could go on. */
  readonly commit?: string
  /** What a value never ends right before: one code unit. */
  readonly notBefore?: RegExp
  /** Whether a text of a form is a value in fact: checksums, ranges. Without it, a value is certain once it is read. */
  readonly check?: (text: string) => boolean
  /** The last end of a text at which `check` passes: what asking for each comes to, in one reading. */
  readonly lastValid?: LastValid
  /** For values that may be cut into strings (an array of lines): a beginning after which the next string is read. */
  readonly opening?: string
  /** Confidence in 0…1 that a find is what the name says. */
  readonly score: number
  /** Where the format is published; `observed` where nobody publishes it, and it is as such values are seen. */
  readonly source: string
  /** A text that holds one, and one that nearly does. */
  readonly found: string
  readonly nearMiss: string
}
