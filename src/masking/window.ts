// A window onto the text that is being read: its code units as numbers, which are read in half the time that a string takes.
import { endianness } from 'node:os'
import { NO_STARTS } from './lineups.ts'

/** It shows at most so many units. */
const LENGTH = 16_384
/** Shorter texts are copied unit by unit; the call costs more than it saves. */
const SHORT = 96
const isLittleEndian = endianness() === 'LE'

export class Window {
  readonly units = new Uint16Array(LENGTH)
  /** For whoever reads them: what began at which of them. */
  readonly marks = Int32Array.from(NO_STARTS)
  private readonly bytes = Buffer.from(this.units.buffer)

  /** Shows the units of the text from index `from` to `to`, until it is moved again. */
  move(text: string, from: number, to: number): void {
    if (to - from < SHORT || !isLittleEndian) {
      for (let i = from; i < to; i++) this.units[i - from] = text.charCodeAt(i)
    } else this.bytes.write(to - from === text.length ? text : text.slice(from, to), 'utf16le')
  }
}
