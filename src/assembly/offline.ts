// The parts of `sluice mask`: a masker for what a policy names, and no gateway.
import { SluiceError } from '../base/errors.ts'
import { maskStream, maskText, type MaskedPiece } from '../gateway/offline-masking.ts'
import { builtIn, Catalogue } from '../masking/catalogue.ts'
import type { Detector } from '../masking/detector.ts'
import { createMasker } from '../masking/engine.ts'
import { catalogueOf } from '../masking/own.ts'

export interface OfflineMasking {
  text(text: string, step?: number): MaskedPiece
  stream(texts: AsyncIterable<string>, step?: number): AsyncGenerator<MaskedPiece>
}

/**
 * Masking by detectors and families with commas between, or by all that the rules of a gateway's configuration file
 * name, its own detectors and modes included. Rejects with ERR_USAGE, naming what there is, for others, and ERR_CONFIG
 * for such a file that is wrong.
 */
export async function offlineMasking(policy: string): Promise<OfflineMasking> {
  const { catalogue, names } = await namedBy(policy)
  const masker = createMasker(names, catalogue)
  return {
    text: (text, step) => maskText(masker, text, step),
    stream: (texts, step) => maskStream(masker, texts, step),
  }
}

/** The detectors that a policy names, and what they leave, in the order in which they name a text. Rejects as above. */
export async function listDetectors(policy: string) {
  const { catalogue, names } = await namedBy(policy)
  return catalogue.named(names).map((detector) => {
    const { name, family, source, found } = detector
    return { name, family, placeholder: leaves(detector), source, example: found }
  })
}

// What depends on the value is shown of its example.
function leaves(detector: Detector): string {
  const { name, placeholder, replace, found } = detector
  const [edit] = replace ? createMasker([name], new Catalogue([detector])).mask(found).edits : []
  return edit?.text ?? placeholder
}

interface Named {
  readonly catalogue: Catalogue
  readonly names: readonly string[]
}

async function namedBy(policy: string): Promise<Named> {
  if (!/[/\\]|\.ya?ml$/.test(policy)) {
    const names = policy.split(',').map((name) => name.trim())
    return { catalogue: builtIn, names: resolved(names.filter((name) => name !== '')) }
  }
  const { loadGatewayFile } = await import('./gateway-file.ts')
  const { policy: rules, masking } = loadGatewayFile(policy)
  const catalogue = catalogueOf(masking)
  const names = rules.flatMap(({ mask: { request, reply } }) => [...request, ...reply])
  return { catalogue, names: catalogue.resolve(names) }
}

function resolved(names: readonly string[]): readonly string[] {
  if (names.length === 0) {
    throw new SluiceError('ERR_USAGE', '--policy names nothing to mask by.', {
      nextSteps: ['sluice mask --list-detectors', 'Leave --policy out to mask by all.'],
    })
  }
  try {
    return builtIn.resolve(names)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    // Here the name was typed, not configured.
    throw new SluiceError('ERR_USAGE', error.message, { nextSteps: error.nextSteps, cause: error })
  }
}
