// A checkpoint that a witness has cosigned: an anchor that the ledger's own operators can't make.
import { SluiceError } from '../../base/errors.ts'
import { readCheckpoint } from '../checkpoint.ts'
import type { CosignatureVerifier } from '../cosignature.ts'
import type { Anchor } from './trust.ts'

export interface WitnessedAnchor extends Anchor {
  readonly witness: string
  readonly size: number
  /** When it was cosigned. */
  readonly time: number
}

/**
 * The newest that is at hand, as `cosigned` reads it by the witness's key; the ledger's own signature is still to be
 * verified. Rejects with ERR_LEDGER_UNANCHORED where there is none with a good cosignature.
 */
export async function witnessedAnchor(
  verifier: CosignatureVerifier,
  cosigned: (witness?: string) => Promise<string | undefined>,
): Promise<WitnessedAnchor> {
  // A copied ledger has the newest alone.
  for (const note of [await cosigned(verifier.id), await cosigned()]) {
    const found = note === undefined ? undefined : verifier.find(note)
    const checkpoint = note === undefined ? undefined : readCheckpoint(note)
    if (note === undefined || !found || !checkpoint) continue
    const { name } = verifier
    const source = `that ${name} cosigned at ${new Date(found.time).toISOString()}`
    return { note, source, witness: name, size: checkpoint.size, time: found.time }
  }
  throw new SluiceError(
    'ERR_LEDGER_UNANCHORED',
    `There is no checkpoint of this ledger that ${verifier.name} has cosigned.`,
    {
      nextSteps: [
        'Ask the gateway’s operator whether it asks this witness: ledger.witnesses.',
        'Ask the witness’s operator for its key.',
      ],
    },
  )
}
