// The reply stream on its way to the caller: whole events wait, in order, until the text that they carry is decided.
import { encodePieces } from '../dialects/collect.ts'
import type {
  EventReader,
  EventReading,
  Frame,
  FrameDecoder,
  Framing,
  Piece,
  Tokens,
} from '../dialects/dialect.ts'
import type { Splice } from '../dialects/json.ts'
import { SluiceError } from '../base/errors.ts'
import type { Masker } from '../masking/port.ts'
import type { Channel } from '../terms/channel.ts'
import type { ChannelFindings, FindingCounts } from '../terms/finding.ts'
import { applyEdits, ByChannel, inspectStructure } from './inspect.ts'
import { MaskedChannel } from './masked-channel.ts'
import { Outgoing } from './outgoing.ts'
import { notInspectable } from './reply-refusals.ts'

interface Span {
  readonly channel: MaskedChannel
  readonly start: number
  readonly end: number
}

interface Waiting {
  readonly frame: Frame
  readonly reading: EventReading
  /** Of each piece, in the reading's order, once it was written. */
  spans: readonly Span[]
}

/**
 * Feeds bytes of the upstream's stream in, gives back the bytes that may leave. An event without findings leaves with
 * its original bytes; in a finding the first event carries the placeholder, the later ones keep their other fields.
 * After a throw nothing of what waits may leave. The terminal event is kept apart, in `terminal`. Where there is more to
 * look at than one turn of the event loop should take, `isBehind` says so: then `goOn`, in the next one.
 */
export class Release {
  tokens: Tokens | undefined
  /** The bytes of the event that ends the stream, once it has come. */
  terminal: Buffer | undefined

  private readonly found = new ByChannel()
  private readonly framing: Framing
  private readonly decoder: FrameDecoder
  private readonly events: EventReader
  private readonly masker: Masker | undefined
  private readonly maxHeld: number
  private readonly out = new Outgoing()
  private readonly open = new Map<string, MaskedChannel>()
  /** Prefixes of channels that have ended: text that comes for them later is refused. */
  private readonly over = new Set<string>()
  /** Events that are yet to be read, from `next` on. */
  private frames: readonly Frame[] = []
  private next = 0
  /** Channels with text that is yet to be looked at, and how much that is: events say little each, so they are looked at together. */
  private behind: MaskedChannel[] = []
  private unseen = 0
  /** An event that was read, and that changes more than texts: what came before it is looked at first. */
  private upcoming: Waiting | undefined
  private readonly inStructure: Record<string, number> = {}
  private waiting: Waiting[] = []
  private last: Waiting | undefined
  private heldBytes = 0
  private isClosed = false

  /** `maxHeld`: the most bytes that may wait, and the largest event. */
  constructor(framing: Framing, events: EventReader, masker: Masker | undefined, maxHeld: number) {
    this.framing = framing
    this.decoder = framing.decoder(maxHeld)
    this.events = events
    this.masker = masker
    this.maxHeld = maxHeld
  }

  get findings(): FindingCounts {
    return this.found.findings
  }

  get channels(): ChannelFindings {
    return this.found.channels
  }

  get isBehind(): boolean {
    return this.behind.length > 0 || this.upcoming !== undefined || this.next < this.frames.length
  }

  push(chunk: Buffer): Buffer[] {
    return this.take(this.decoder.push(chunk))
  }

  /** The upstream has closed: what still waits is settled. Whether the stream was whole, `terminal` tells. */
  end(): Buffer[] {
    this.isClosed = true
    return this.take(this.decoder.end())
  }

  goOn(): Buffer[] {
    const until = performance.now() + TURN_MS
    let looked = 0
    while (this.isBehind) {
      looked += this.step()
      if (looked < A_LOOK) continue
      if (performance.now() > until) break
      looked = 0
    }
    if (!this.isBehind) {
      // The bytes that they were cut from need not be kept until the next ones come.
      this.frames = NO_FRAMES
      this.next = 0
      if (this.isClosed) {
        this.endChannels('')
        this.flush()
      }
    }
    return this.out.take()
  }

  private take(frames: readonly Frame[]): Buffer[] {
    this.frames = this.isBehind ? [...this.frames.slice(this.next), ...frames] : frames
    this.next = 0
    return this.goOn()
  }

  /** Reads the next event, or looks at what was read; says how much that was. */
  private step(): number {
    const [channel] = this.behind
    if (channel && (this.upcoming || this.unseen >= A_LOOK || this.next === this.frames.length)) {
      return this.catchUp(channel)
    }
    if (this.upcoming) {
      const { upcoming } = this
      this.upcoming = undefined
      this.accept(upcoming)
      return 0
    }
    const frame = this.frames[this.next++] as Frame
    const arrived = { frame, reading: this.events.read(frame), spans: NO_SPANS }
    if (channel && !onlySpeaks(arrived.reading)) this.upcoming = arrived
    else this.accept(arrived)
    return frame.end - frame.start
  }

  private accept(arrived: Waiting): void {
    const { frame, reading } = arrived
    if (reading.tokens) this.tokens = reading.tokens
    if (reading.dropped) return
    if (this.masker) arrived.spans = this.inspect(this.masker, reading)
    for (const prefix of reading.rests) this.restChannels(prefix, arrived.spans)
    for (const prefix of reading.ends) {
      this.endChannels(prefix)
      this.over.add(prefix)
    }
    if (reading.terminal) {
      this.endChannels('')
      this.frames = NO_FRAMES
      this.next = 0
      this.last = arrived
    } else {
      this.waiting.push(arrived)
      this.heldBytes += frame.end - frame.start
    }
    if (this.behind.length === 0) this.settle()
  }

  private withheld({ withheld = NONE }: EventReading): readonly Splice[] {
    return this.masker ? withheld : NONE
  }

  private isOver(key: string): boolean {
    if (this.over.size === 0) return false
    for (let at = key.indexOf('/'); at !== -1; at = key.indexOf('/', at + 1)) {
      if (this.over.has(key.slice(0, at + 1))) return true
    }
    return this.over.has('')
  }

  private catchUp(channel: MaskedChannel): number {
    const looked = channel.goOn()
    if (!channel.isBehind) this.behind.shift()
    if (this.behind.length === 0) {
      this.unseen = 0
      this.settle()
    }
    return looked
  }

  /** Everything that was read has been looked at. */
  private settle(): void {
    if (Object.keys(this.inStructure).length > 0) throw structureHoldsSome()
    this.flush()
    if (this.heldBytes > this.maxHeld) {
      throw new SluiceError(
        'ERR_MASKING_FAILED',
        'The reply would need more text held back for masking than the bound allows.',
      )
    }
    if (!this.last) return
    const last = new Outgoing()
    this.send(this.last, last)
    this.terminal = Buffer.concat(last.take())
  }

  private inspect(masker: Masker, reading: EventReading): Span[] {
    if (reading.opaque.length > 0) {
      throw notInspectable(`The reply holds parts that can't be inspected: ${reading.opaque.join(', ')}.`)
    }
    const { own, pieces, structure } = reading
    if (structure.length > A_LOOK) this.inspectSlowly(masker, structure)
    else if (structure !== '' && Object.keys(inspectStructure(masker, structure)).length > 0) {
      throw structureHoldsSome()
    }
    const [only] = pieces
    const spans =
      only && pieces.length === 1
        ? [this.spanOf(masker, only)]
        : pieces.map((piece) => this.spanOf(masker, piece))
    if (own !== undefined) this.endChannels(own)
    return spans
  }

  private spanOf(masker: Masker, { channel: named, text }: Piece): Span {
    const channel = this.channel(masker, named, text)
    const start = channel.written
    if (text !== '') this.write(channel, text)
    return { channel, start, end: channel.written }
  }

  private inspectSlowly(masker: Masker, structure: string): void {
    const channel = new MaskedChannel(masker, { key: '', kind: 'text' }, this.inStructure, 'text')
    this.write(channel, structure)
    channel.end()
  }

  private write(channel: MaskedChannel, text: string): void {
    if (!channel.isBehind) this.behind.push(channel)
    channel.write(text)
    this.unseen += text.length
  }

  private channel(masker: Masker, named: Channel, text: string): MaskedChannel {
    let channel = this.open.get(named.key)
    if (channel) return channel
    if (text !== '' && this.isOver(named.key)) {
      throw notInspectable('The reply goes on after its end.')
    }
    if (this.open.size === MOST_CHANNELS) {
      throw notInspectable(`The reply has more than ${MOST_CHANNELS} texts at once.`)
    }
    const { key, kind } = named
    channel = new MaskedChannel(masker, { key, kind }, this.found.of(key))
    this.open.set(key, channel)
    return channel
  }

  private endChannels(prefix: string): void {
    for (const [key, channel] of this.open) {
      if (!key.startsWith(prefix)) continue
      channel.end()
      this.open.delete(key)
    }
  }

  /** Those to which this event gives no text. */
  private restChannels(prefix: string, spans: readonly Span[]): void {
    for (const [key, channel] of this.open) {
      const goesOn = spans.some((span) => span.channel === channel && span.end > span.start)
      if (key.startsWith(prefix) && !goesOn) channel.rest()
    }
  }

  private flush(): void {
    let released = 0
    for (const item of this.waiting) {
      if (!item.spans.every(isDecided)) break
      this.send(item, this.out)
      this.heldBytes -= item.frame.end - item.frame.start
      released++
    }
    if (released > 0) this.waiting = this.waiting.slice(released)
  }

  private send({ frame, reading, spans }: Waiting, out: Outgoing): void {
    const withheld = this.withheld(reading)
    if (withheld.length === 0 && spans.every(isClean)) return out.add(frame.source, frame.start, frame.end)
    const texts = new Map<number, string>()
    spans.forEach(({ channel, start, end }, index) => {
      if (channel.edits.length === 0 || start === end) return
      const changed = applyEdits((reading.pieces[index] as { text: string }).text, start, channel.edits)
      if (changed !== undefined) texts.set(index, changed)
      channel.edits = channel.edits.filter((edit) => edit.end > end)
    })
    if (texts.size + withheld.length === 0) return out.add(frame.source, frame.start, frame.end)
    const data = encodePieces(frame.data, reading.pieces, texts, withheld)
    const changed = this.framing.encode(data, frame.name)
    out.add(changed, 0, changed.length)
  }
}

/** Bytes, or code units, after which it is time to look at the clock. */
const A_LOOK = 4096
const TURN_MS = 5
const NO_SPANS: readonly Span[] = []
const NO_FRAMES: readonly Frame[] = []
const NONE: readonly Splice[] = []
const MOST_CHANNELS = 1024

function isDecided(span: Span): boolean {
  return span.channel.through >= span.end
}

function isClean({ channel }: Span): boolean {
  return channel.edits.length === 0
}

/** Whether all that an event does is to give texts their next pieces. */
function onlySpeaks({ rests, ends, own, structure, terminal }: EventReading): boolean {
  return rests.length + ends.length + structure.length === 0 && own === undefined && !terminal
}

function structureHoldsSome(): SluiceError {
  return notInspectable('An id, name or key of the reply holds what policy masks.')
}
