// The texts of a streamed reply, by channel: what was said of each, how far it was looked at, and which are over.
import type { EventReading, Piece } from '../dialects/dialect.ts'
import type { SluiceError } from '../base/errors.ts'
import type { Masker } from '../masking/port.ts'
import type { Channel } from '../terms/channel.ts'
import type { ChannelFindings, FindingCounts } from '../terms/finding.ts'
import { ByChannel, inspectStructure } from './inspect.ts'
import { MaskedChannel } from './masked-channel.ts'
import { notInspectable } from './reply-refusals.ts'

/** Where a piece of an event stands in its channel. */
export interface Span {
  readonly channel: MaskedChannel
  readonly start: number
  readonly end: number
}

/** Bytes, or code units, after which it is time to look at the clock, or at what has gathered. */
export const A_LOOK = 4096
const MOST_CHANNELS = 1024

/** Invariant: text that is written is looked at in `lookOn`, in order; a channel that is over gets no more. */
export class ReplyChannels {
  private readonly masker: Masker
  private readonly found = new ByChannel()
  private readonly open = new Map<string, MaskedChannel>()
  /** Prefixes of channels that have ended: text that comes for them later is refused. */
  private readonly over = new Set<string>()
  /** Those with text that is yet to be looked at, and how much that is: events say little each, so they are looked at together. */
  private behind: MaskedChannel[] = []
  private unseen = 0
  private readonly inStructure: Record<string, number> = {}

  constructor(masker: Masker) {
    this.masker = masker
  }

  get findings(): FindingCounts {
    return this.found.findings
  }

  get byChannel(): ChannelFindings {
    return this.found.channels
  }

  get isBehind(): boolean {
    return this.behind.length > 0
  }

  /** Whether so much has gathered that it is worth a look. */
  get isFull(): boolean {
    return this.unseen >= A_LOOK
  }

  /** Writes an event's texts, and says where they stand. Throws where it holds what can't be inspected, or must not leave. */
  write({ opaque, own, pieces, structure }: EventReading): Span[] {
    if (opaque.length > 0) {
      throw notInspectable(`The reply holds parts that can't be inspected: ${opaque.join(', ')}.`)
    }
    if (structure.length > A_LOOK) this.inspectSlowly(structure)
    else if (structure !== '' && Object.keys(inspectStructure(this.masker, structure)).length > 0) {
      throw structureHoldsSome()
    }
    const [only] = pieces
    const spans =
      only && pieces.length === 1 ? [this.spanOf(only)] : pieces.map((piece) => this.spanOf(piece))
    if (own !== undefined) this.close(own)
    return spans
  }

  /** Looks at the next of what was written; returns how much that was. */
  lookOn(): number {
    const [channel] = this.behind
    if (!channel) return 0
    const looked = channel.goOn()
    if (!channel.isBehind) this.behind.shift()
    if (this.behind.length === 0) this.unseen = 0
    return looked
  }

  /** Throws where something was found in what is never rewritten. */
  refuseStructure(): void {
    if (Object.keys(this.inStructure).length > 0) throw structureHoldsSome()
  }

  /** These end, and nothing may come for them any more. */
  end(prefix: string): void {
    this.close(prefix)
    this.over.add(prefix)
  }

  /** These end for now. */
  close(prefix: string): void {
    for (const [key, channel] of this.open) {
      if (!key.startsWith(prefix)) continue
      channel.end()
      this.open.delete(key)
    }
  }

  /** Those of them rest to which an event gives no text, whose spans these are. */
  rest(prefix: string, spans: readonly Span[]): void {
    for (const [key, channel] of this.open) {
      const goesOn = spans.some((span) => span.channel === channel && span.end > span.start)
      if (key.startsWith(prefix) && !goesOn) channel.rest()
    }
  }

  private spanOf({ channel: named, text }: Piece): Span {
    const channel = this.channel(named, text)
    const start = channel.written
    if (text !== '') this.say(channel, text)
    return { channel, start, end: channel.written }
  }

  private inspectSlowly(structure: string): void {
    const channel = new MaskedChannel(this.masker, { key: '', kind: 'text' }, this.inStructure, 'text')
    this.say(channel, structure)
    channel.end()
  }

  private say(channel: MaskedChannel, text: string): void {
    if (!channel.isBehind) this.behind.push(channel)
    channel.write(text)
    this.unseen += text.length
  }

  private channel(named: Channel, text: string): MaskedChannel {
    let channel = this.open.get(named.key)
    if (channel) return channel
    if (text !== '' && this.isOver(named.key)) {
      throw notInspectable('The reply goes on after its end.')
    }
    if (this.open.size === MOST_CHANNELS) {
      throw notInspectable(`The reply has more than ${MOST_CHANNELS} texts at once.`)
    }
    const { key, kind } = named
    channel = new MaskedChannel(this.masker, { key, kind }, this.found.of(key))
    this.open.set(key, channel)
    return channel
  }

  private isOver(key: string): boolean {
    if (this.over.size === 0) return false
    for (let at = key.indexOf('/'); at !== -1; at = key.indexOf('/', at + 1)) {
      if (this.over.has(key.slice(0, at + 1))) return true
    }
    return this.over.has('')
  }
}

function structureHoldsSome(): SluiceError {
  return notInspectable('An id, name or key of the reply holds what policy masks.')
}
