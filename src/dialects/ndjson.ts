// Newline-delimited JSON as model servers speak it (https://github.com/ndjson/ndjson-spec): bytes in any cut → lines.
import { isUtf8 } from 'node:buffer'
import type { Frame, FrameDecoder, Framing } from './dialect.ts'
import { FramingError } from './sse.ts'

/** Newline-delimited JSON as a framing. `keepAlive` is a line that adds nothing. */
export function ndjson(keepAlive: string): Framing {
  return {
    type: 'application/x-ndjson',
    decoder: (maxFrame) => new LineDecoder(maxFrame),
    encode: encodeLine,
    keepAlive: encodeLine(keepAlive),
    // A document is a line of its own.
    mayBeWhole: true,
  }
}

export function encodeLine(data: string): Buffer {
  return Buffer.from(`${data}\n`)
}

const LF = 0x0a
const CR = 0x0d

/** Cuts a byte stream into lines. Blank ones are dropped: they break clients. */
class LineDecoder implements FrameDecoder {
  private held: Buffer[] = []
  private heldBytes = 0
  private readonly maxFrame: number

  constructor(maxFrame: number) {
    this.maxFrame = maxFrame
  }

  push(chunk: Buffer): Frame[] {
    const lf = chunk.indexOf(LF)
    if (lf === -1) {
      this.hold(chunk)
      return []
    }
    const bytes = this.heldBytes === 0 ? chunk : Buffer.concat([...this.held, chunk])
    const frames: Frame[] = []
    let from = 0
    for (let at = this.heldBytes + lf; at !== -1; at = bytes.indexOf(LF, from)) {
      const frame = lineOf(bytes, from, at)
      if (frame) frames.push(frame)
      from = at + 1
    }
    this.held = []
    this.heldBytes = 0
    if (from < bytes.length) this.hold(bytes.subarray(from))
    return frames
  }

  /** The last line may lack its line feed, which is then supplied. */
  end(): Frame[] {
    return this.heldBytes === 0 ? [] : this.push(Buffer.from('\n'))
  }

  private hold(bytes: Buffer): void {
    this.held.push(bytes)
    this.heldBytes += bytes.length
    if (this.heldBytes > this.maxFrame) throw new FramingError('a line is larger than the bound')
  }
}

function lineOf(source: Buffer, start: number, lf: number): Frame | undefined {
  const end = lf > start && source[lf - 1] === CR ? lf - 1 : lf
  const raw = source.subarray(start, end)
  if (!isUtf8(raw)) throw new FramingError('invalid UTF-8')
  const data = raw.toString('utf8')
  if (data.trim() === '') return undefined
  if (end === lf) return { name: '', data, source, start, end: lf + 1 }
  const respelled = encodeLine(data)
  return { name: '', data, source: respelled, start: 0, end: respelled.length }
}
