// The masking engine: one automaton a detector, run together over a stream so that cutting it differently changes nothing.
import { Automata } from './automata.ts'
import { verifyBounds } from './bounds.ts'
import { builtIn } from './catalogue.ts'
import type { Detector } from './detector.ts'
import { applyEdits, joinPieces } from './edits.ts'
import { Fields } from './fields.ts'
import { fieldsInText } from './fields-in-text.ts'
import { JsonStream } from './json-stream.ts'
import { JsonTexts } from './json-texts.ts'
import type { Masked, Masker, MaskStream, Settled } from './port.ts'
import { TextStream } from './text-stream.ts'

/** What settles at once is gathered at once: a long text goes through in parts of so many code units. */
const SLICE = 2 ** 16

/** An engine with these detectors of a catalogue, in the policy's order. Throws ERR_CONFIG for a name that it doesn't have. */
export function createMasker(names: readonly string[], catalogue = builtIn): Masker {
  return masker(catalogue.named(names))
}

/** An engine with these detectors, which needn't be in the catalogue. Throws ERR_CONFIG for one that can't be used. */
export function maskerOf(detectors: readonly Detector[]): Masker {
  for (const detector of detectors) if (detector.forms.length > 0) verifyBounds(detector)
  return masker(detectors)
}

function masker(detectors: readonly Detector[]): Masker {
  // As in JSON, a field's rule says what leaves, whatever else is found where the value begins.
  const automata = new Automata([
    ...detectors.flatMap(fieldsInText),
    ...detectors.filter(({ forms }) => forms.length > 0),
  ])
  const fields = new Fields(detectors)
  const texts = new JsonTexts(automata)
  const open = (kind: 'text' | 'json'): MaskStream =>
    kind === 'json' ? new JsonStream(texts, fields) : new TextStream(automata)
  return {
    detectors: detectors.map(({ name }) => name),
    ...(fields.size > 0 && { hasFields: true }),
    open,
    mask: (text, kind = 'text') => {
      const stream = open(kind)
      const settled: Settled[] = []
      for (let at = 0; at < text.length; at += SLICE) settled.push(stream.write(text.slice(at, at + SLICE)))
      settled.push(stream.end())
      return masked(text, settled)
    },
  }
}

function masked(text: string, settled: readonly Settled[]): Masked {
  const edits = joinPieces(settled.flatMap((step) => step.edits))
  return { text: applyEdits(text, edits), edits, findings: settled.flatMap((step) => step.findings) }
}
