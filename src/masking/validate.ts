// Validation: of the ends at which a grammar matches, the longest one whose text passes the detector's check; and what the
// text leaves as then.
import { SluiceError } from '../base/errors.ts'
import { LONGEST_UNDECIDED } from './bounds.ts'
import type { Detector } from './detector.ts'
import { accepts } from './grammar.ts'
import type { Rule } from './product.ts'

/** What a candidate has read when its rule ends. */
export interface Reading {
  readonly text: string
  /** By code unit: its class. */
  readonly classes: Uint8Array | Uint16Array
  /** Where the grammar started. */
  readonly from: number
  /** Whether all of it is a match, as far as the grammar and what follows can tell. */
  readonly isWhole: boolean
}

/** The length of the longest valid value that a text begins with; undefined: it begins with none. */
export function longestValid(rule: Rule, reading: Reading): number | undefined {
  const { name, check, lastValid } = rule.detector
  try {
    const { text, isWhole } = reading
    if (lastValid) return lastValid(text, isWhole, (upTo) => shorterEnds(rule, reading, upTo))
    if (isWhole && (!check || check(text))) return text.length
    return shorterEnds(rule, reading, text.length).findLast((end) => !check || check(text.slice(0, end)))
  } catch (cause) {
    throw new SluiceError('ERR_MASKING_FAILED', `The check of the detector ${name} failed.`, { cause })
  }
}

// Where matches end before the whole and up to an index, in order: the grammar reads the text once more, since few
// candidates get so far that it is asked.
function shorterEnds(
  { grammar, column, barred }: Rule,
  { text, classes, from }: Reading,
  upTo: number,
): readonly number[] {
  const ends: number[] = []
  let state = from
  for (let i = 0; i <= upTo && i < text.length; i++) {
    const k = classes[text.charCodeAt(i)] as number
    if (accepts(state) && barred[k] === 0) ends.push(i)
    state = grammar.next(state, column[k] as number)
  }
  return ends
}

/** What the value from `start` to `end` leaves as. */
export function replacement(
  { name, placeholder, replace }: Detector,
  start: number,
  end: number,
  textOf: (from: number, to: number) => string,
): string {
  if (!replace || end - start > LONGEST_UNDECIDED) return placeholder
  try {
    return replace(textOf(start, end))
  } catch (cause) {
    throw new SluiceError('ERR_MASKING_FAILED', `The placeholder of the detector ${name} failed.`, { cause })
  }
}
