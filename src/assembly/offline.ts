// The parts of `sluice mask`: a masker for what a policy names, and no gateway.
import { maskStream, maskText, type MaskedPiece } from '../gateway/offline-masking.ts'
import { detectors, resolveDetectors } from '../masking/catalogue.ts'
import { createMasker } from '../masking/engine.ts'

export interface OfflineMasking {
  text(text: string, step?: number): MaskedPiece
  stream(texts: AsyncIterable<string>, step?: number): AsyncGenerator<MaskedPiece>
}

/**
 * Masking by detectors and families with commas between, or by all that the rules of a gateway's configuration file
 * name. Rejects with ERR_CONFIG, naming what there is, for others.
 */
export async function offlineMasking(policy: string): Promise<OfflineMasking> {
  const masker = createMasker(resolveDetectors(await namesOf(policy)))
  return {
    text: (text, step) => maskText(masker, text, step),
    stream: (texts, step) => maskStream(masker, texts, step),
  }
}

async function namesOf(policy: string): Promise<readonly string[]> {
  if (!/[/\\]|\.ya?ml$/.test(policy)) {
    const names = policy.split(',').map((name) => name.trim())
    return names.filter((name) => name !== '')
  }
  const { loadGatewayFile } = await import('./gateway-file.ts')
  const masks = loadGatewayFile(policy).policy.map(({ mask }) => mask)
  return [...new Set(masks.flatMap(({ request, reply }) => [...request, ...reply]))]
}

/** The detectors there are, in the order of the catalogue. */
export function listDetectors() {
  return detectors.map(({ name, family, placeholder, source }) => ({ name, family, placeholder, source }))
}
