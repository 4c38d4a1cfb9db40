// The parts of `sluice mask`: a masker for what a policy names, and no gateway.
import { SluiceError } from '../base/errors.ts'
import { maskStream, maskText, type MaskedPiece } from '../gateway/offline-masking.ts'
import { detectors, resolveDetectors } from '../masking/catalogue.ts'
import { createMasker } from '../masking/engine.ts'

export interface OfflineMasking {
  text(text: string, step?: number): MaskedPiece
  stream(texts: AsyncIterable<string>, step?: number): AsyncGenerator<MaskedPiece>
}

/**
 * Masking by detectors and families with commas between, or by all that the rules of a gateway's configuration file
 * name. Rejects with ERR_USAGE, naming what there is, for others, and ERR_CONFIG for such a file that is wrong.
 */
export async function offlineMasking(policy: string): Promise<OfflineMasking> {
  const masker = createMasker(await detectorsOf(policy))
  return {
    text: (text, step) => maskText(masker, text, step),
    stream: (texts, step) => maskStream(masker, texts, step),
  }
}

async function detectorsOf(policy: string): Promise<readonly string[]> {
  if (!/[/\\]|\.ya?ml$/.test(policy)) {
    const names = policy.split(',').map((name) => name.trim())
    return resolved(names.filter((name) => name !== ''))
  }
  const { loadGatewayFile } = await import('./gateway-file.ts')
  const masks = loadGatewayFile(policy).policy.map(({ mask }) => mask)
  return resolveDetectors(masks.flatMap(({ request, reply }) => [...request, ...reply]))
}

function resolved(names: readonly string[]): readonly string[] {
  if (names.length === 0) {
    throw new SluiceError('ERR_USAGE', '--policy names nothing to mask by.', {
      nextSteps: ['sluice mask --list-detectors', 'Leave --policy out to mask by all.'],
    })
  }
  try {
    return resolveDetectors(names)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    // Here the name was typed, not configured.
    throw new SluiceError('ERR_USAGE', error.message, { nextSteps: error.nextSteps, cause: error })
  }
}

/** The detectors there are, in the order of the catalogue. */
export function listDetectors() {
  return detectors.map(({ name, family, placeholder, source, found }) => {
    return { name, family, placeholder, source, example: found }
  })
}
