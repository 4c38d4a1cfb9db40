// One channel of a streamed reply: its masker, and how far that has decided. Offsets count from the channel's beginning.
import type { Channel } from '../terms/channel.ts'
import type { Edit, Masker, MaskStream, Settled } from '../masking/port.ts'
import { count } from './inspect.ts'
import { kindOf } from './mask-whole.ts'

/** So many code units are looked at in one go: some milliseconds, where they are hostile. */
const SLICE = 4096

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
  /** Text that was written and is yet to be looked at, from `from` on; and whether that is all. */
  private unread = ''
  private from = 0
  private isOver = false

  /** `findings` is counted up. `kind`: how the text is read, where its beginning doesn't tell. */
  constructor(masker: Masker, channel: Channel, findings: Record<string, number>, kind?: 'text' | 'json') {
    this.masker = masker
    this.channel = channel
    this.findings = findings
    if (kind) this.stream = masker.open(kind)
  }

  /** Whether some of the text is yet to be looked at, by `goOn`. */
  get isBehind(): boolean {
    return this.unread !== ''
  }

  write(text: string): void {
    this.written += text.length
    if (text.length <= SLICE && !this.isBehind) return this.look(text)
    this.unread += text
  }

  end(): void {
    this.isOver = true
    if (!this.isBehind && this.stream) this.settle(this.stream.end())
  }

  goOn(): void {
    const { unread, from } = this
    this.from += SLICE
    if (this.from >= unread.length) {
      this.unread = ''
      this.from = 0
    }
    this.look(unread.slice(from, from + SLICE))
    if (this.isOver) this.end()
  }

  private look(text: string): void {
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

  private settle({ through, edits, findings }: Settled): void {
    this.through = through + this.leading
    for (const { start, end, text } of edits) {
      this.edits.push({ start: start + this.leading, end: end + this.leading, text })
    }
    count(findings, this.findings)
  }
}
