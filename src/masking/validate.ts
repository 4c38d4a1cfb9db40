// Validation: of the ends at which a grammar matches, the longest one whose text passes the detector's check.
import { SluiceError } from '../base/errors.ts'
import type { Rule } from './product.ts'

/**
 * The length of the longest valid match at the beginning of `text`, which is itself a match of the rule's grammar; 0:
 * there is none. `state` is the grammar's after the first code unit. Only where the whole fails is the text read again.
 */
export function longestValid(rule: Rule, text: string, state: number, classes: Uint8Array): number {
  const { check, name } = rule.detector
  if (!check) return text.length
  try {
    if (check(text)) return text.length
    return shorterEnds(rule, text, state, classes).find((length) => check(text.slice(0, length))) ?? 0
  } catch (cause) {
    throw new SluiceError('ERR_MASKING_FAILED', `The check of the detector ${name} failed.`, { cause })
  }
}

// Where a match may end before the end of `text`, longest first.
function shorterEnds(
  { table, column, accepting, barred }: Rule,
  text: string,
  state: number,
  classes: Uint8Array,
) {
  const lengths: number[] = []
  for (let i = 1; i < text.length; i++) {
    const k = classes[text.charCodeAt(i)] as number
    if (state >= accepting && barred[k] === 0) lengths.unshift(i)
    state = table[state + (column[k] as number)] as number
  }
  return lengths
}
