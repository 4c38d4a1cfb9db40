// The long run of the masking engine against the reference: npm run soak -- masking [TEXTS] [SEED]. It takes one core; with seeds
// as many apart as there are thousands of texts, several runs share the work.
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { detectors as catalogue } from '../../src/masking/catalogue.ts'
import { maskerOf } from '../../src/masking/engine.ts'
import { assertAgreement } from '../support/masking-agreement.ts'
import { unusual } from '../support/masking-catalogue.ts'
import { jsonTexts, texts } from '../support/masking-texts.ts'

const ROUND = 1_000
const detectors = [...catalogue, ...unusual]
const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))
// One unit at a time takes as long as all other cuts together.
const sometimes = fc.constantFrom(true, false, false, false)

/** Compares so many generated texts, half of them JSON, in rounds; throws with the seed of the round that disagrees. */
export function soakMasking(count: number, seed: number, report: (done: number, seed: number) => void): void {
  const masker = maskerOf(detectors)
  for (let done = 0; done < count; seed++) {
    const numRuns = Math.min(ROUND, Math.ceil((count - done) / 2))
    for (const [kind, generated] of [
      ['text', texts],
      ['json', jsonTexts],
    ] as const) {
      const agrees = fc.property(generated, sizes, sometimes, (text, cuts, isCutEverywhere) =>
        assertAgreement(masker, detectors, kind, text, cuts, isCutEverywhere),
      )
      fc.assert(agrees, { seed, numRuns })
    }
    done += 2 * numRuns
    report(done, seed)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = '1000000', seed = '1'] = process.argv.slice(2)
  soakMasking(Number(count), Number(seed), (done, last) => {
    process.stdout.write(
      `${JSON.stringify({ name: 'masking: texts that agree', value: done, seed: last })}\n`,
    )
  })
}
