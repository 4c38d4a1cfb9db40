// Masks one whole text of a channel as a stream of it would be masked, within bounds whatever its length.
import { SluiceError } from '../base/errors.ts'
import type { Edit, Masker } from '../masking/port.ts'
import type { Channel } from '../terms/channel.ts'
import type { Finding } from '../terms/finding.ts'

export interface MaskedWhole {
  readonly edits: readonly Edit[]
  readonly findings: readonly Finding[]
}

/** A finding costs some hundred bytes while its document is looked at. */
const MOST_FINDINGS = 2 ** 19
const SLICE = 2 ** 16

/** White space before the text is part of no finding. Throws as `maskLong` does. */
export function maskWhole(masker: Masker, channel: Channel, text: string): MaskedWhole {
  const rest = text.trimStart()
  const masked = maskLong(masker, kindOf(channel, rest), rest)
  const leading = text.length - rest.length
  if (leading === 0) return masked
  return { edits: shift(masked.edits, leading), findings: shift(masked.findings, leading) }
}

/** How a text without leading white space is read: as JSON where its channel says so, or where it begins as JSON does. */
export function kindOf({ kind }: Channel, text: string): 'text' | 'json' {
  return kind === 'json' || /^[{["]/.test(text) ? 'json' : 'text'
}

/** Throws ERR_NOT_INSPECTABLE for more than half a million findings. */
export function maskLong(masker: Masker, kind: 'text' | 'json', text: string): MaskedWhole {
  if (text.length <= SLICE) return masker.mask(text, kind)
  const edits: Edit[] = []
  const findings: Finding[] = []
  const stream = masker.open(kind)
  for (let at = 0; at < text.length; at += SLICE) {
    const settled = stream.write(text.slice(at, at + SLICE))
    for (const edit of settled.edits) edits.push(edit)
    for (const finding of settled.findings) findings.push(finding)
    if (edits.length > MOST_FINDINGS) {
      throw new SluiceError('ERR_NOT_INSPECTABLE', 'One text holds more than half a million findings.')
    }
  }
  const settled = stream.end()
  return { edits: [...edits, ...settled.edits], findings: [...findings, ...settled.findings] }
}

function shift<T extends Edit | Finding>(spans: readonly T[], by: number): T[] {
  return spans.map((span) => ({ ...span, start: span.start + by, end: span.end + by }))
}
