// One channel of a streamed reply: its masker, and how far that has decided. Offsets count from the channel's beginning.
import { ownCopy } from '../base/own-copy.ts'
import type { Channel } from '../terms/channel.ts'
import type { Edit, Masker, MaskStream, Settled } from '../masking/port.ts'
import { count } from './inspect.ts'
import { kindOf } from './mask-whole.ts'
import { notInspectable } from './reply-refusals.ts'

/** So many code units are looked at in one go: some milliseconds, where they are hostile. */
const SLICE = 4096
/** How far back a text that goes on after a rest is looked at again: no shorter than what a detector may match. */
const LOOK_BACK = 1024
/** Pieces of text keep the reads that they were cut from alive: so much of them is kept as it came. */
const AS_IT_CAME = 256

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
  /** Where the stream's offsets begin: after leading white space, which is part of no finding, or before a rest. */
  private origin = 0
  /** Whether the text began as JSON, and where. */
  private isJson = false
  private begun = 0
  /** Text that was written and is yet to be looked at, from `from` on; and whether that is all. */
  private unread = ''
  private from = 0
  private isOver = false
  /** Everything before this offset was decided when the channel came to rest. */
  private rested = 0
  /** The end of the text, at least as much as is looked at again; the newest as it came. */
  private recent = ''
  private newest = ''
  private last: Edit | undefined

  /** `findings` is counted up. `kind`: how the text is read, where its beginning doesn't tell. */
  constructor(masker: Masker, channel: Channel, findings: Record<string, number>, kind?: 'text' | 'json') {
    this.masker = masker
    this.channel = channel
    this.findings = findings
    if (kind) this.stream = masker.open(kind)
  }

  /** Whether some of what was written is yet to be looked at, by `goOn`. */
  get isBehind(): boolean {
    return this.unread !== ''
  }

  write(text: string): void {
    this.written += text.length
    this.unread += text
  }

  end(): void {
    this.isOver = true
    if (!this.isBehind && this.stream) this.settle(this.stream.end())
  }

  /** Decides what there is. The text may go on, unless that completes a finding over what was decided here. */
  rest(): void {
    if (!this.stream) return
    this.settle(this.stream.end())
    this.stream = undefined
    this.rested = this.written
  }

  /** Looks at what is next; returns how much that was. */
  goOn(): number {
    const { unread, from } = this
    const text = unread.slice(from, from + SLICE)
    this.from += SLICE
    if (this.from >= unread.length) {
      this.unread = ''
      this.from = 0
    }
    this.look(text)
    if (this.isOver) this.end()
    return text.length
  }

  private look(text: string): void {
    let rest = text
    if (!this.stream && this.rested > 0) this.stream = this.resumed()
    if (!this.stream) {
      rest = text.trimStart()
      this.origin += text.length - rest.length
      this.through = this.origin
      if (rest === '') return
      const kind = kindOf(this.channel, rest)
      this.stream = this.masker.open(kind)
      this.isJson = kind === 'json'
      this.begun = this.origin
    }
    this.newest += rest
    if (this.newest.length > AS_IT_CAME) {
      // Written anew, or it would be kept as the pieces that it consists of.
      this.recent = ownCopy(this.lookBack())
      this.newest = ''
    }
    this.settle(this.stream.write(rest))
  }

  private lookBack(): string {
    return (this.recent + this.newest).slice(-LOOK_BACK)
  }

  private resumed(): MaskStream {
    const { last, rested } = this
    const before = this.lookBack()
    const from = rested - before.length
    // The look back would begin within a match, and not know that it does; or within JSON, and not know below which keys.
    if (last && last.start < from && from < last.end) throw completes()
    if (this.masker.hasFields && this.isJson && from > this.begun) throw completes()
    const stream = this.masker.open(kindOf(this.channel, before.trimStart()))
    this.origin = from
    this.settle(stream.write(before))
    return stream
  }

  private settle({ through, edits, findings }: Settled): void {
    this.through = Math.max(this.through, through + this.origin)
    for (const { start, end, text } of edits) {
      let edit = { start: start + this.origin, end: end + this.origin, text }
      if (edit.end <= this.rested) continue
      if (edit.start < this.rested) edit = this.grown(edit)
      this.edits.push(edit)
      // A match that commits early arrives in pieces.
      const goesOn = this.last?.end === edit.start && text === ''
      this.last = goesOn && this.last ? { ...edit, start: this.last.start } : edit
    }
    const fresh =
      this.rested === 0 ? findings : findings.filter(({ start }) => start + this.origin >= this.rested)
    count(fresh, this.findings)
  }

  /** What is new of a match that began before the rest: all of that has left masked, or the match is complete too late. */
  private grown({ start, end }: Edit): Edit {
    const { last, rested } = this
    if (!last || start < last.start || last.end < rested) throw completes()
    return { start: rested, end, text: '' }
  }
}

function completes(): Error {
  return notInspectable('A text of the reply goes on after another one, and completes what policy masks.')
}
