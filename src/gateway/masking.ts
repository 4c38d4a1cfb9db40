// The masking engine as the pipeline calls it: whatever it throws is told as one error, and nothing undecided leaves.
import { SluiceError } from '../base/errors.ts'
import type { Masker } from '../masking/port.ts'

/** The engine with a set of detectors; undefined for none. Compiled once a set. */
export type MaskerFor = (detectors: readonly string[]) => Masker | undefined

/**
 * The masker for a set of detectors; undefined for none. It, and all that it opens, throws ERR_MASKING_FAILED or
 * ERR_NOT_INSPECTABLE, and nothing else.
 */
export function maskerFor(maskers: MaskerFor, detectors: readonly string[]): Masker | undefined {
  const masker = guarded(() => maskers(detectors))
  if (!masker) return undefined
  return {
    detectors: masker.detectors,
    ...(masker.hasFields && { hasFields: true }),
    mask: (text, kind) => guarded(() => masker.mask(text, kind)),
    open(kind) {
      const stream = guarded(() => masker.open(kind))
      return {
        write: (text) => guarded(() => stream.write(text)),
        end: () => guarded(() => stream.end()),
      }
    },
  }
}

/** What an engine may say itself: that it failed, or that a text can't be looked into. */
const TOLD: ReadonlySet<string> = new Set(['ERR_MASKING_FAILED', 'ERR_NOT_INSPECTABLE'])

function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    if (cause instanceof SluiceError && TOLD.has(cause.code)) throw cause
    throw new SluiceError('ERR_MASKING_FAILED', 'Masking failed; nothing that it had not decided has left.', {
      nextSteps: ["Tell the gateway's operator: the log says where, under this request's id."],
      cause,
    })
  }
}
