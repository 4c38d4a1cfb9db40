// Masks text that is nobody's request (`sluice mask`), with the engine and in the way of a reply that streams.
import { applyEdits } from '../masking/edits.ts'
import type { Edit, Masker, MaskStream, Settled } from '../masking/port.ts'
import type { Finding } from '../terms/finding.ts'
import { kindOf } from './mask-whole.ts'

/** Masked text that may leave, and the findings that are certain by then; offsets are UTF-16 code units of the input. */
export interface MaskedPiece {
  readonly text: string
  readonly findings: readonly Finding[]
}

/** Masks a whole text, `step` code units at a time. Where field rules are in force, text that begins as JSON is read as such. */
export function maskText(masker: Masker, text: string, step = Infinity): MaskedPiece {
  const release = new OfflineRelease(masker)
  const pieces = [...cut(text, step)].map((piece) => release.write(piece))
  pieces.push(release.end())
  return {
    text: pieces.map((piece) => piece.text).join(''),
    findings: pieces.flatMap((piece) => piece.findings),
  }
}

/** Masks texts as one stream, `step` code units at a time; yields as soon as something may leave. */
export async function* maskStream(
  masker: Masker,
  texts: AsyncIterable<string>,
  step = Infinity,
): AsyncGenerator<MaskedPiece> {
  const release = new OfflineRelease(masker)
  for await (const text of texts) for (const piece of cut(text, step)) yield release.write(piece)
  yield release.end()
}

// Keeps what was written until it is settled.
class OfflineRelease {
  private readonly masker: Masker
  /** Opened at the first unit that is not white space, where it must be known whether the text is JSON. */
  private stream: MaskStream | undefined
  private held = ''
  private through = 0

  constructor(masker: Masker) {
    this.masker = masker
    if (!masker.hasFields) this.stream = masker.open('text')
  }

  write(text: string): MaskedPiece {
    this.held += text
    if (this.stream) return this.take(this.stream.write(text))
    if (this.held.trimStart() === '') return NOTHING
    this.stream = this.masker.open(kindOf(TEXT, this.held.trimStart()))
    return this.take(this.stream.write(this.held))
  }

  end(): MaskedPiece {
    this.stream ??= this.opened()
    return this.take(this.stream.end())
  }

  // Nothing but white space has come.
  private opened(): MaskStream {
    const stream = this.masker.open('text')
    stream.write(this.held)
    return stream
  }

  private take({ through, edits, findings }: Settled): MaskedPiece {
    const from = this.through
    const decided = this.held.slice(0, through - from)
    this.held = this.held.slice(through - from)
    this.through = through
    const moved = edits.map((edit): Edit => ({ ...edit, start: edit.start - from, end: edit.end - from }))
    return { text: applyEdits(decided, moved), findings }
  }
}

const NOTHING: MaskedPiece = { text: '', findings: [] }
const TEXT = { key: '', kind: 'text' } as const

function* cut(text: string, step: number): Generator<string> {
  for (let at = 0; at < text.length; at += step) yield text.slice(at, at + step)
}
