// The parts of `sluice mask`: a masker for what a policy names, and no gateway.
import { maskStream, maskText, type MaskedPiece } from '../gateway/offline-masking.ts'
import { detectors, resolveDetectors } from '../masking/catalogue.ts'
import { createMasker } from '../masking/engine.ts'

export interface OfflineMasking {
  text(text: string, step?: number): MaskedPiece
  stream(texts: AsyncIterable<string>, step?: number): AsyncGenerator<MaskedPiece>
}

/** Masking by detectors and families, with commas between. Throws ERR_CONFIG, naming what there is, for others. */
export function offlineMasking(policy: string): OfflineMasking {
  const names = policy
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const masker = createMasker(resolveDetectors(names))
  return {
    text: (text, step) => maskText(masker, text, step),
    stream: (texts, step) => maskStream(masker, texts, step),
  }
}

/** The detectors there are, in the order of the catalogue. */
export function listDetectors() {
  return detectors.map(({ name, family, placeholder, source }) => ({ name, family, placeholder, source }))
}
