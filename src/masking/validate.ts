// Validation: of the ends at which a grammar matches, the longest one whose text passes the detector's check; and what the
// text leaves as then.
import { SluiceError } from '../base/errors.ts'
import { LONGEST_UNDECIDED } from './bounds.ts'
import type { Detector } from './detector.ts'

/** The furthest of `ends`, which ascend, where a value that begins at `start` is valid; undefined: it nowhere is. */
export function longestValid(
  { name, check }: Detector,
  start: number,
  ends: readonly number[],
  textOf: (from: number, to: number) => string,
): number | undefined {
  if (!check) return ends.at(-1)
  const text = textOf(start, ends.at(-1) ?? start)
  try {
    for (let i = ends.length - 1; i >= 0; i--) {
      const end = ends[i] as number
      if (check(text.slice(0, end - start))) return end
    }
    return undefined
  } catch (cause) {
    throw new SluiceError('ERR_MASKING_FAILED', `The check of the detector ${name} failed.`, { cause })
  }
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
