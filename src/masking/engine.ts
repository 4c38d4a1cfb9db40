// The masking engine: one automaton a detector, run together over a stream so that cutting it differently changes nothing.
import { anchorsOf } from './anchors.ts'
import { detectorsNamed } from './catalogue.ts'
import type { Detector } from './detector.ts'
import { applyEdits, joinPieces } from './edits.ts'
import { JsonStream } from './json-stream.ts'
import type { Masked, Masker, MaskStream, Settled } from './port.ts'
import { TextStream } from './text-stream.ts'

/** An engine with these detectors, in the policy's order. Throws ERR_CONFIG for a name that the catalogue doesn't have. */
export function createMasker(names: readonly string[]): Masker {
  return maskerOf(detectorsNamed(names))
}

/** An engine with these detectors, which needn't be in the catalogue. */
export function maskerOf(detectors: readonly Detector[]): Masker {
  const anchors = anchorsOf(detectors)
  const open = (kind: 'text' | 'json'): MaskStream =>
    kind === 'json' ? new JsonStream(() => new TextStream(anchors)) : new TextStream(anchors)
  return {
    detectors: detectors.map(({ name }) => name),
    open,
    mask: (text, kind = 'text') => {
      const stream = open(kind)
      return masked(text, [stream.write(text), stream.end()])
    },
  }
}

function masked(text: string, settled: readonly Settled[]): Masked {
  const edits = joinPieces(settled.flatMap((step) => step.edits))
  return { text: applyEdits(text, edits), edits, findings: settled.flatMap((step) => step.findings) }
}
