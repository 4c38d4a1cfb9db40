// Server-sent events as model servers speak them (WHATWG HTML §9.2): bytes in any cut → whole events.
import { isAscii, isUtf8 } from 'node:buffer'
import type { Frame, Framing } from './dialect.ts'

/** `data` is the data lines, joined by a newline; an event in another than the usual spelling is respelled in `source`. */
export type SseEvent = Frame

/** The stream broke the framing: invalid UTF-8, or an event larger than the bound. */
export class FramingError extends Error {
  override readonly name = 'FramingError'
}

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a

/** Cuts a byte stream into events. Comments, `id:`, `retry:` and a byte order mark are dropped: they break clients. */
export class SseDecoder {
  private held: Buffer[] = []
  private heldBytes = 0
  private started = false
  private readonly maxEvent: number
  private readonly named: boolean

  /**
   * `maxEvent`: the largest event in bytes, and so the most that is held. `named`: whether the dialect has `event:`
   * names; without, they are dropped, so that none can carry text.
   */
  constructor(maxEvent: number, named: boolean) {
    this.maxEvent = maxEvent
    this.named = named
  }

  /** Feeds bytes; returns the events that they complete. Keeps a view of `chunk` until the event in it is complete. */
  push(chunk: Buffer): SseEvent[] {
    this.held.push(chunk)
    this.heldBytes += chunk.length
    const mayEnd = chunk.includes(LF) || chunk.includes(CR)
    if (mayEnd || !this.started) return this.cut()
    this.checkBound()
    return []
  }

  /** The stream is over: the last event may lack its blank line, which is then supplied. */
  end(): SseEvent[] {
    return this.heldBytes === 0 ? [] : this.push(Buffer.from('\n\n'))
  }

  private cut(): SseEvent[] {
    let bytes = this.held.length === 1 ? (this.held[0] as Buffer) : Buffer.concat(this.held)
    if (!this.started) {
      if (bytes.length >= 3) this.started = true
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3)
    }
    const events: SseEvent[] = []
    const onlyLf = !bytes.includes(CR)
    // In ASCII, offsets of the text are those of the bytes: one decoding serves all events.
    const text = onlyLf && isAscii(bytes) ? bytes.toString('latin1') : undefined
    let at = 0
    for (;;) {
      at = skipNoise(bytes, at, onlyLf)
      const quick = text === undefined ? undefined : readUsual(text, at, bytes, this.named)
      const end = quick?.end ?? (onlyLf ? endByLf(bytes, at) : endByAnyLine(bytes, at))
      if (end === -1) break
      const event = quick ?? readEvent(bytes, at, end, { onlyLf, named: this.named })
      if (event) events.push(event)
      at = end
    }
    this.held = at < bytes.length ? [bytes.subarray(at)] : []
    this.heldBytes = bytes.length - at
    this.checkBound()
    return events
  }

  private checkBound(): void {
    if (this.heldBytes > this.maxEvent) throw new FramingError('an event is larger than the bound')
  }
}

/** Server-sent events as a framing. `named`: whether the dialect has `event:` names. A comment keeps a client waiting. */
export function sse(named: boolean): Framing {
  return {
    type: 'text/event-stream',
    decoder: (maxFrame) => new SseDecoder(maxFrame, named),
    encode: encodeSse,
    keepAlive: Buffer.from(': waiting\n\n'),
  }
}

/** One event in its cleanest spelling: a single `data: ` line, which every client reads. */
export function encodeSse(data: string, name = ''): Buffer {
  return Buffer.from(`${name === '' ? '' : `event: ${name}\n`}data: ${data.replaceAll('\n', ' ')}\n\n`)
}

/** The offset after blank lines and whole comments between events: there may be as many as bytes. */
function skipNoise(bytes: Buffer, from: number, onlyLf: boolean): number {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte === LF || byte === CR) at++
    else if (byte === COLON) {
      const lf = bytes.indexOf(LF, at)
      const cr = onlyLf ? -1 : bytes.subarray(at, lf === -1 ? bytes.length : lf).indexOf(CR)
      if (lf === -1 && cr === -1) return at
      at = cr === -1 ? lf : at + cr
    } else return at
  }
}

/** The offset just after the blank line that ends the event at `from`, or -1, where lines end in LF alone. */
function endByLf(bytes: Buffer, from: number): number {
  const at = bytes.indexOf('\n\n', from, 'latin1')
  return at === -1 ? -1 : at + 2
}

/** The same where lines end in LF, CRLF or CR. */
function endByAnyLine(bytes: Buffer, from: number): number {
  let lineStart = from
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte !== LF && byte !== CR) continue
    // A CR at the very end may be half of a CRLF: wait for what follows.
    if (byte === CR && i + 1 === bytes.length) return -1
    const next = byte === CR && bytes[i + 1] === LF ? i + 2 : i + 1
    if (i === lineStart) return next
    lineStart = next
    i = next - 1
  }
  return -1
}

/** An event in the usual spelling, "event: …" where there are names, "data: …" and a blank line; its bytes go on as they are. */
function readUsual(text: string, at: number, source: Buffer, named: boolean): SseEvent | undefined {
  let name = ''
  let from = at
  if (named && text.startsWith('event: ', at)) {
    from = text.indexOf('\n', at) + 1
    if (from === 0) return undefined
    name = text.slice(at + 7, from - 1)
  }
  if (!text.startsWith('data: ', from)) return undefined
  const lf = text.indexOf('\n', from + 6)
  if (lf === -1 || text.charCodeAt(lf + 1) !== LF) return undefined
  return { name, data: text.slice(from + 6, lf), source, start: at, end: lf + 2 }
}

function readEvent(
  source: Buffer,
  start: number,
  end: number,
  { onlyLf, named }: { readonly onlyLf: boolean; readonly named: boolean },
): SseEvent | undefined {
  const raw = source.subarray(start, end)
  if (!isUtf8(raw)) throw new FramingError('invalid UTF-8')
  const text = raw.toString('utf8')
  const usual = onlyLf && text.indexOf('\n') === text.length - 2 && text.startsWith('data: ')
  if (usual) return { name: '', data: text.slice(6, -2), source, start, end }
  let name = ''
  let data: string | undefined
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':')
    if (line === '' || colon === 0) continue
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event' && named) name = value
    else if (field === 'data') data = data === undefined ? value : `${data}\n${value}`
  }
  if (data === undefined) return undefined
  const respelled = encodeSse(data, name)
  return { name, data, source: respelled, start: 0, end: respelled.length }
}
