// Which detectors there are, for those that may not import masking.
import { detectors } from '../masking/catalogue.ts'
import { FAMILIES } from '../masking/detector.ts'

/** Names of all detectors, by family. */
export function detectorFamilies(): { readonly [family: string]: readonly string[] } {
  return Object.fromEntries(
    FAMILIES.map((name) => [
      name,
      detectors.filter(({ family }) => family === name).map((detector) => detector.name),
    ]),
  )
}
