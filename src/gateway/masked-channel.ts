// One channel of a streamed reply: its masker, and how far that has decided. Offsets count from the channel's beginning.
import type { Channel } from '../terms/channel.ts'
import type { Edit, Masker, MaskStream, Settled } from '../masking/port.ts'
import { count } from './inspect.ts'
import { kindOf } from './mask-whole.ts'

export class MaskedChannel {
  /** How much text has been written. */
  written = 0
  /** Everything before this offset is decided. */
  through = 0
  /** Decided edits that have not left yet, in order. */
  edits: Edit[] = []

  private readonly masker: Masker
  private readonly channel: Channel
  private readonly findings: Record<string, number>
  /** Opened at the first unit that is not white space, which tells whether the text is JSON. */
  private stream: MaskStream | undefined
  /** White space before that: it is part of no finding. The stream's offsets begin after it. */
  private leading = 0

  /** `findings` is counted up. */
  constructor(masker: Masker, channel: Channel, findings: Record<string, number>) {
    this.masker = masker
    this.channel = channel
    this.findings = findings
  }

  write(text: string): void {
    this.written += text.length
    let rest = text
    if (!this.stream) {
      rest = text.trimStart()
      this.leading += text.length - rest.length
      this.through = this.leading
      if (rest === '') return
      this.stream = this.masker.open(kindOf(this.channel, rest))
    }
    this.settle(this.stream.write(rest))
  }

  end(): void {
    if (this.stream) this.settle(this.stream.end())
  }

  private settle({ through, edits, findings }: Settled): void {
    this.through = through + this.leading
    for (const { start, end, text } of edits) {
      this.edits.push({ start: start + this.leading, end: end + this.leading, text })
    }
    count(findings, this.findings)
  }
}
