// Masking engines by their set of detectors, each compiled once a thread.
import type { MaskerFor } from '../gateway/masking.ts'
import { builtIn } from '../masking/catalogue.ts'
import { createMasker } from '../masking/engine.ts'
import type { Masker } from '../masking/port.ts'

/** Of a catalogue's detectors. The engines of `sets` are compiled at once, others when they are first asked for. */
export function createMaskers(sets: Iterable<readonly string[]> = [], catalogue = builtIn): MaskerFor {
  const bySet = new Map<string, Masker>()
  // Policy asks by the same list each time.
  const byList = new WeakMap<readonly string[], Masker>()
  const maskers: MaskerFor = (detectors) => {
    if (detectors.length === 0) return undefined
    let masker = byList.get(detectors) ?? bySet.get(detectors.join())
    if (!masker) bySet.set(detectors.join(), (masker = createMasker(detectors, catalogue)))
    byList.set(detectors, masker)
    return masker
  }
  for (const set of sets) maskers(set)
  return maskers
}
