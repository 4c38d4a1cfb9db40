// The reply stream on its way to the caller: whole events wait, in order, until the text that they carry is decided.
import { encodePieces } from '../dialects/collect.ts'
import type { EventReader, EventReading, Frame, FrameDecoder, Framing, Tokens } from '../dialects/dialect.ts'
import type { Splice } from '../dialects/json.ts'
import { SluiceError } from '../base/errors.ts'
import type { Masker } from '../masking/port.ts'
import type { ChannelFindings, FindingCounts } from '../terms/finding.ts'
import { applyEdits } from './inspect.ts'
import { Outgoing } from './outgoing.ts'
import { A_LOOK, ReplyChannels, type Span } from './reply-channels.ts'

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

  private readonly framing: Framing
  private readonly decoder: FrameDecoder
  private readonly events: EventReader
  /** Undefined where nothing is masked. */
  private readonly texts: ReplyChannels | undefined
  private readonly maxHeld: number
  private readonly out = new Outgoing()
  /** Events that are yet to be read, from `next` on. */
  private frames: readonly Frame[] = []
  private next = 0
  /** An event that was read, and that changes more than texts: what came before it is looked at first. */
  private upcoming: Waiting | undefined
  private waiting: Waiting[] = []
  private last: Waiting | undefined
  private heldBytes = 0
  private isClosed = false

  /** `maxHeld`: the most bytes that may wait, and the largest event. */
  constructor(framing: Framing, events: EventReader, masker: Masker | undefined, maxHeld: number) {
    this.framing = framing
    this.decoder = framing.decoder(maxHeld)
    this.events = events
    this.texts = masker && new ReplyChannels(masker)
    this.maxHeld = maxHeld
  }

  get findings(): FindingCounts {
    return this.texts?.findings ?? NOTHING
  }

  get channels(): ChannelFindings {
    return this.texts?.byChannel ?? NOTHING
  }

  get isBehind(): boolean {
    return this.areTextsBehind || this.upcoming !== undefined || this.next < this.frames.length
  }

  private get areTextsBehind(): boolean {
    return this.texts !== undefined && this.texts.isBehind
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
        this.texts?.close('')
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
    const { texts } = this
    if (texts?.isBehind && (this.upcoming || texts.isFull || this.next === this.frames.length)) {
      const looked = texts.lookOn()
      if (!texts.isBehind) this.settle()
      return looked
    }
    if (this.upcoming) {
      const { upcoming } = this
      this.upcoming = undefined
      this.accept(upcoming)
      return 0
    }
    const frame = this.frames[this.next++] as Frame
    const arrived = { frame, reading: this.events.read(frame), spans: NO_SPANS }
    if (texts?.isBehind && !onlySpeaks(arrived.reading)) this.upcoming = arrived
    else this.accept(arrived)
    return frame.end - frame.start
  }

  private accept(arrived: Waiting): void {
    const { frame, reading } = arrived
    if (reading.tokens) this.tokens = reading.tokens
    if (reading.dropped) return
    const { texts } = this
    if (texts) {
      arrived.spans = texts.write(reading)
      for (const prefix of reading.rests) texts.rest(prefix, arrived.spans)
      for (const prefix of reading.ends) texts.end(prefix)
    }
    if (reading.terminal) {
      texts?.close('')
      this.frames = NO_FRAMES
      this.next = 0
      this.last = arrived
    } else {
      this.waiting.push(arrived)
      this.heldBytes += frame.end - frame.start
    }
    if (!this.areTextsBehind) this.settle()
  }

  private withheld({ withheld = NONE }: EventReading): readonly Splice[] {
    return this.texts ? withheld : NONE
  }

  /** Everything that was read has been looked at. */
  private settle(): void {
    this.texts?.refuseStructure()
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

const TURN_MS = 5
const NO_SPANS: readonly Span[] = []
const NO_FRAMES: readonly Frame[] = []
const NONE: readonly Splice[] = []
const NOTHING = Object.freeze({})

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
