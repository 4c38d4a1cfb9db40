// Plain text on its way through: read, settled, and kept for as long as a check may ask for it.
import { SluiceError } from '../base/errors.ts'
import { ownCopy, SHORT } from '../base/own-copy.ts'
import type { Automata } from './automata.ts'
import { Candidates } from './candidates.ts'
import { LONGEST_UNDECIDED } from './bounds.ts'
import { FOUND, READER_BITS, SOME } from './lineups.ts'
import type { MaskStream, Settled } from './port.ts'
import { Reader } from './reader.ts'
import { NONE, Settlement } from './settle.ts'
import { UNKNOWN } from './table.ts'

/** More than any engine state can hold back; beyond it something is wrong, and nothing may leave. */
const MOST_HELD = 8 * LONGEST_UNDECIDED

/**
 * A stream of text; `openFrom` is the first offset that a later edit or finding can name, but for the beginning of a value
 * that has left under a field rule.
 */
export interface Segment extends MaskStream {
  openFrom(): number
  /** The opening of the value that the text, if it ends here, breaks off and another string could go on with. */
  goesOn?(): string | undefined
}

export class TextStream implements Segment {
  private readonly candidates: Candidates
  private readonly reader: Reader
  private readonly settlement: Settlement
  private at = 0
  private through = 0
  /** Text before `at` that a check may still ask for, and where it begins. */
  private kept = ''
  private keptFrom = 0
  /** The text being written, which begins at `at`. */
  private piece = ''
  private endsHigh = false
  /** True while something runs; where that threw, it stays so, and nothing more leaves. */
  private broken = false

  /** `before` is what stands before the text, as far as it is a context: it is not masked. */
  constructor(automata: Automata, before = '') {
    this.candidates = new Candidates(automata, (from, to) => this.slice(from, to))
    this.reader = new Reader(automata, this.candidates, before)
    this.settlement = new Settlement(this.candidates)
  }

  write(text: string): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    this.piece = text
    const { length } = text
    const summary = this.reader.read(text, this.at)
    if (length > 0) this.endsHigh = isHighSurrogate(text.charCodeAt(length - 1))
    const at = this.at + length
    // (Of UNKNOWN, all bits are set.)
    const isQuiet = (summary & FOUND) === 0 && this.settlement.isIdle()
    const settled = isQuiet ? this.release(summary, at) : this.settle(at)
    this.keep(at, isQuiet ? summary : this.reader.summary)
    this.broken = false
    return settled
  }

  end(): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    this.piece = ''
    this.reader.finish()
    this.reader.list(this.at).end(this.at)
    return this.settlement.settle(this.at)
  }

  openFrom(): number {
    this.reader.list(this.at)
    return Math.min(this.through, this.settlement.openFrom())
  }

  goesOn(): string | undefined {
    return this.reader.list(this.at).goesOn()
  }

  /** Why text is held back: see Candidates.justify. */
  justify(): ReturnType<Candidates['justify']> {
    return this.reader.list(this.at).justify()
  }

  // Nothing was found: what the first candidate leaves over may go.
  private release(summary: number, at: number): Settled {
    const hold = (summary & SOME) !== 0 ? (this.candidates.starts[1] as number) : at
    if (hold > this.through) this.through = hold
    if (at - this.through > MOST_HELD) throw tooMuch()
    if (this.endsHigh && this.through === at) this.through--
    return { through: this.through, edits: NONE, findings: NONE }
  }

  private settle(at: number): Settled {
    this.reader.list(at)
    const settled = this.settlement.settle(at)
    this.through = settled.through
    if (at - this.through > MOST_HELD) throw tooMuch()
    if (!this.endsHigh || this.through !== at) return settled
    this.through--
    return { ...settled, through: this.through }
  }

  private keep(at: number, summary: number): void {
    const needed = this.textFrom(at, summary)
    if (needed === Infinity) this.kept = ''
    else if (needed >= this.at)
      this.kept = this.piece.length < SHORT ? this.piece : ownCopy(this.piece.slice(needed - this.at))
    else {
      // Concatenation is cheap, cutting is not: cut only what has become long.
      this.kept += this.piece
      if (this.kept.length > LONGEST_UNDECIDED) this.kept = ownCopy(this.kept.slice(needed - this.keptFrom))
    }
    this.keptFrom = at - this.kept.length
    this.at = at
    this.piece = ''
  }

  // The first offset whose text may still be asked for; Infinity: none.
  private textFrom(at: number, summary: number): number {
    if (summary >> READER_BITS === 0) return Infinity
    const start = summary === UNKNOWN ? 0 : (this.candidates.starts[summary >> READER_BITS] as number)
    const isKnown = summary !== UNKNOWN && at - start <= LONGEST_UNDECIDED
    return isKnown ? start : this.reader.list(at).textFrom(at)
  }

  private slice(from: number, to: number): string {
    if (from >= this.at) return this.piece.slice(from - this.at, to - this.at)
    return (
      this.kept.slice(from - this.keptFrom, to - this.keptFrom) +
      this.piece.slice(0, Math.max(0, to - this.at))
    )
  }
}

function tooMuch(): SluiceError {
  return new SluiceError(
    'ERR_MASKING_FAILED',
    `Masking would have to hold back more than ${MOST_HELD} characters.`,
  )
}

/** What a stream says that is used after it failed, or after its end. */
export function brokenStream(): SluiceError {
  return new SluiceError('ERR_MASKING_FAILED', 'Masking failed before, or is over; nothing more can leave.')
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
