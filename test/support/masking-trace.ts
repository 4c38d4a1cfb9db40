// A trace: all that a caller of a masker can see of one text.
import type { Masker, MaskStream } from '../../src/masking/port.ts'

/** What leaves when, unit by unit, and cut in two, and as a whole: one line a way. */
export function trace(masker: Masker, kind: 'text' | 'json', text: string): string {
  const middle = text.length >> 1
  return [text.split(''), [text.slice(0, middle), text.slice(middle)], [text]]
    .map((pieces) => JSON.stringify(played(masker.open(kind), pieces)))
    .join('\n')
}

function played(stream: MaskStream, pieces: readonly string[]): unknown {
  const steps = pieces.map((piece) => stream.write(piece))
  return [...steps, stream.end()]
}
