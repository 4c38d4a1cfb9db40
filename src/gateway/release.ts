// The reply stream on its way to the caller: whole events wait, in order, until the text that they carry is decided.
import { encodePieces } from '../dialects/collect.ts'
import type { EventReader, EventReading, Frame, FrameDecoder, Framing, Tokens } from '../dialects/dialect.ts'
import { SluiceError } from '../base/errors.ts'
import type { Masker } from '../masking/port.ts'
import type { Channel } from '../terms/channel.ts'
import { applyEdits, inspectStructure } from './inspect.ts'
import { MaskedChannel } from './masked-channel.ts'
import { notInspectable } from './reply-refusals.ts'

interface Span {
  readonly channel: MaskedChannel
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

  private readonly framing: Framing
  private readonly decoder: FrameDecoder
  private readonly events: EventReader
  private readonly masker: Masker | undefined
  private readonly maxHeld: number
  private readonly channels = new Map<string, MaskedChannel>()
  /** Prefixes of channels that have ended: text that comes for them later is refused. */
  private readonly over: string[] = []
  private waiting: Waiting[] = []
  private heldBytes = 0

  /** `maxHeld`: the most bytes that may wait, and the largest event. */
  constructor(framing: Framing, events: EventReader, masker: Masker | undefined, maxHeld: number) {
    this.framing = framing
    this.decoder = framing.decoder(maxHeld)
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
    for (const prefix of reading.ends) {
      this.endChannels(prefix)
      this.over.push(prefix)
    }
    if (reading.terminal) {
      this.endChannels('')
      this.flush(out)
      const last = new Outgoing()
      this.send({ frame, reading, spans }, last)
      this.terminal = Buffer.concat(last.buffers())
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
    const spans = reading.pieces.map(({ channel: { key, kind }, text }) => {
      const channel = this.channel(masker, { key, kind }, text)
      const start = channel.written
      if (text !== '') channel.write(text)
      return { channel, start, end: channel.written }
    })
    if (reading.own !== undefined) this.endChannels(reading.own)
    return spans
  }

  private channel(masker: Masker, named: Channel, text: string): MaskedChannel {
    let channel = this.channels.get(named.key)
    if (channel) return channel
    if (text !== '' && this.over.some((prefix) => named.key.startsWith(prefix))) {
      throw notInspectable('The reply goes on after its end.')
    }
    if (this.channels.size === MOST_CHANNELS) {
      throw notInspectable(`The reply has more than ${MOST_CHANNELS} texts at once.`)
    }
    channel = new MaskedChannel(masker, named, this.findings)
    this.channels.set(named.key, channel)
    return channel
  }

  private endChannels(prefix: string): void {
    for (const [key, channel] of this.channels) {
      if (!key.startsWith(prefix)) continue
      channel.end()
      this.channels.delete(key)
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
    const changed = this.framing.encode(encodePieces(frame.data, reading.pieces, texts), frame.name)
    out.add(changed, 0, changed.length)
  }
}

const NO_SPANS: readonly Span[] = []
const MOST_CHANNELS = 1024

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
