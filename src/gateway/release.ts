// The reply stream on its way to the caller: whole events wait, in order, until the text that they carry is decided.
import { encodePieces } from '../dialects/collect.ts'
import type { Dialect, EventReader, EventReading, Frame, FrameDecoder, Tokens } from '../dialects/dialect.ts'
import { SluiceError } from '../base/errors.ts'
import type { Edit, Masker, MaskStream, Settled } from '../masking/port.ts'
import { applyEdits, count, inspectStructure } from './inspect.ts'

/** One channel's masker, and how far it has decided. */
interface ChannelState {
  readonly stream: MaskStream
  written: number
  through: number
  edits: Edit[]
  ended: boolean
}

interface Span {
  readonly channel: ChannelState
  readonly start: number
  readonly end: number
}

interface Waiting {
  readonly frame: Frame
  readonly reading: EventReading
  /** Of each piece, in the reading's order. */
  readonly spans: readonly Span[]
}

/**
 * Feeds bytes of the upstream's stream in, gives back the bytes that may leave. An event without findings leaves with
 * its original bytes; in a finding the first event carries the placeholder, the later ones keep their other fields.
 * After a throw nothing of what waits may leave. The terminal event is kept apart, in `terminal`.
 */
export class Release {
  readonly findings: Record<string, number> = {}
  tokens: Tokens | undefined
  /** The bytes of the event that ends the stream, once it has come. */
  terminal: Buffer | undefined

  private readonly dialect: Dialect
  private readonly decoder: FrameDecoder
  private readonly events: EventReader
  private readonly masker: Masker | undefined
  private readonly maxHeld: number
  private readonly channels = new Map<string, ChannelState>()
  private waiting: Waiting[] = []
  private heldBytes = 0

  /** `maxHeld`: the most bytes that may wait, and the largest event. */
  constructor(dialect: Dialect, events: EventReader, masker: Masker | undefined, maxHeld: number) {
    this.dialect = dialect
    this.decoder = dialect.decoder(maxHeld)
    this.events = events
    this.masker = masker
    this.maxHeld = maxHeld
  }

  push(chunk: Buffer): Buffer[] {
    return this.take(this.decoder.push(chunk))
  }

  /** The upstream has closed: what still waits is settled. Whether the stream was whole, `terminal` tells. */
  end(): Buffer[] {
    const out = this.take(this.decoder.end())
    this.endChannels('')
    const last = new Outgoing()
    this.flush(last)
    return [...out, ...last.buffers()]
  }

  private take(frames: readonly Frame[]): Buffer[] {
    const out = new Outgoing()
    for (const frame of frames) {
      if (this.terminal) break
      this.accept(frame, out)
    }
    return out.buffers()
  }

  private accept(frame: Frame, out: Outgoing): void {
    const reading = this.events.read(frame)
    if (reading.tokens) this.tokens = reading.tokens
    if (reading.dropped) return
    const spans = this.masker ? this.inspect(this.masker, reading) : NO_SPANS
    for (const prefix of reading.ends) this.endChannels(prefix)
    if (reading.terminal) {
      this.flush(out)
      this.terminal = frame.source.subarray(frame.start, frame.end)
      return
    }
    // The common case: nothing waits, and nothing in this event needs to.
    if (this.waiting.length === 0 && spans.every(isClean)) {
      out.add(frame.source, frame.start, frame.end)
      return
    }
    this.waiting.push({ frame, reading, spans })
    this.heldBytes += frame.end - frame.start
    this.flush(out)
    if (this.heldBytes > this.maxHeld) {
      throw new SluiceError(
        'ERR_MASKING_FAILED',
        'The reply would need more text held back for masking than the bound allows.',
      )
    }
  }

  private inspect(masker: Masker, reading: EventReading): Span[] {
    if (reading.opaque.length > 0) {
      throw notInspectable(`The reply holds parts that can't be inspected: ${reading.opaque.join(', ')}.`)
    }
    if (reading.structure !== '' && Object.keys(inspectStructure(masker, reading.structure)).length > 0) {
      throw notInspectable('An id, name or key of the reply holds what policy masks.')
    }
    const spans: Span[] = []
    for (const {
      channel: { key, kind },
      text,
    } of reading.pieces) {
      const channel = this.channel(masker, key, kind)
      if (channel.ended && text !== '') throw notInspectable('The reply goes on after its end.')
      const start = channel.written
      channel.written += text.length
      if (text !== '') this.settle(channel, channel.stream.write(text))
      spans.push({ channel, start, end: channel.written })
    }
    return spans
  }

  private channel(masker: Masker, key: string, kind: 'text' | 'json'): ChannelState {
    let channel = this.channels.get(key)
    if (!channel) {
      channel = { stream: masker.open(kind), written: 0, through: 0, edits: [], ended: false }
      this.channels.set(key, channel)
    }
    return channel
  }

  private settle(channel: ChannelState, settled: Settled): void {
    channel.through = settled.through
    if (settled.edits.length > 0) channel.edits.push(...settled.edits)
    count(settled.findings, this.findings)
  }

  private endChannels(prefix: string): void {
    for (const [key, channel] of this.channels) {
      if (channel.ended || !key.startsWith(prefix)) continue
      channel.ended = true
      this.settle(channel, channel.stream.end())
    }
  }

  private flush(out: Outgoing): void {
    let released = 0
    for (const item of this.waiting) {
      if (!item.spans.every(isDecided)) break
      this.send(item, out)
      this.heldBytes -= item.frame.end - item.frame.start
      released++
    }
    if (released > 0) this.waiting = this.waiting.slice(released)
  }

  private send({ frame, reading, spans }: Waiting, out: Outgoing): void {
    const texts = new Map<number, string>()
    spans.forEach(({ channel, start, end }, index) => {
      if (channel.edits.length === 0 || start === end) return
      const changed = applyEdits((reading.pieces[index] as { text: string }).text, start, channel.edits)
      if (changed !== undefined) texts.set(index, changed)
      channel.edits = channel.edits.filter((edit) => edit.end > end)
    })
    if (texts.size === 0) return out.add(frame.source, frame.start, frame.end)
    const changed = this.dialect.encodeFrame(encodePieces(frame.data, reading.pieces, texts), frame.name)
    out.add(changed, 0, changed.length)
  }
}

const NO_SPANS: readonly Span[] = []

/** Bytes on their way out; neighbours in the same memory become one piece, so that a run of events is one write. */
class Outgoing {
  private readonly list: Buffer[] = []
  private source: Buffer | undefined
  private start = 0
  private end = 0

  add(source: Buffer, start: number, end: number): void {
    if (source === this.source && start === this.end) {
      this.end = end
      return
    }
    this.close()
    this.source = source
    this.start = start
    this.end = end
  }

  buffers(): Buffer[] {
    this.close()
    return this.list
  }

  private close(): void {
    if (this.source) this.list.push(this.source.subarray(this.start, this.end))
    this.source = undefined
  }
}

function isDecided(span: Span): boolean {
  return span.channel.through >= span.end
}

function isClean(span: Span): boolean {
  return span.channel.through >= span.end && span.channel.edits.length === 0
}

export function notInspectable(message: string): SluiceError {
  return new SluiceError('ERR_NOT_INSPECTABLE', message, { status: 502 })
}
