// Plain text on its way through: the loop that reads every code unit once.
import { SluiceError } from '../base/errors.ts'
import type { Anchors } from './anchors.ts'
import { Candidates } from './candidates.ts'
import { LONGEST_UNDECIDED } from './grammar.ts'
import type { MaskStream, Settled } from './port.ts'
import { Settlement } from './settle.ts'

/** More than any engine state can hold back; beyond it something is wrong, and nothing may leave. */
const MOST_HELD = 8 * LONGEST_UNDECIDED

/** A stream of text; `openFrom` is the first offset that a later edit or finding can name. */
export interface Segment extends MaskStream {
  openFrom(): number
  /** The opening of the value that the text, if it ends here, breaks off and another string could go on with. */
  goesOn?(): string | undefined
}

export class TextStream implements Segment {
  private readonly anchors: Anchors
  private readonly candidates: Candidates
  private readonly settlement: Settlement
  private gate = 0
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

  constructor(anchors: Anchors) {
    this.anchors = anchors
    this.candidates = new Candidates(anchors, (from, to) => this.slice(from, to))
    this.settlement = new Settlement(this.candidates)
  }

  write(text: string): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    const { candidates } = this
    const { classes, next, begin } = this.anchors
    const live = candidates.list
    const from = this.at
    let gate = this.gate
    this.piece = text
    for (let i = 0; i < text.length; i++) {
      const k = classes[text.charCodeAt(i)] as number
      if (live.length !== 0) candidates.step(k, from + i)
      const state = begin[gate + k] as number
      if (state !== 0) candidates.begin(state, from + i)
      gate = next[gate + k] as number
    }
    this.gate = gate
    if (text !== '') this.endsHigh = isHighSurrogate(text.charCodeAt(text.length - 1))
    const at = from + text.length
    const settled = this.settle(at, this.endsHigh)
    this.keep(at)
    this.broken = false
    return settled
  }

  end(): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    this.piece = ''
    this.candidates.end(this.at)
    return this.settle(this.at, false)
  }

  openFrom(): number {
    return Math.min(this.through, this.settlement.openFrom())
  }

  goesOn(): string | undefined {
    return this.candidates.goesOn()
  }

  /** Why text is held back: see Candidates.justify. */
  justify(): ReturnType<Candidates['justify']> {
    return this.candidates.justify()
  }

  private settle(at: number, endsHigh: boolean): Settled {
    const settled = this.settlement.settle(at)
    if (at - settled.through > MOST_HELD) {
      throw new SluiceError(
        'ERR_MASKING_FAILED',
        `Masking would have to hold back more than ${MOST_HELD} characters.`,
      )
    }
    this.through = settled.through
    if (!endsHigh || settled.through !== at) return settled
    this.through--
    return { ...settled, through: at - 1 }
  }

  private keep(at: number): void {
    const needed = this.candidates.textFrom()
    if (needed === Infinity) this.kept = ''
    else if (needed >= this.at) this.kept = copy(this.piece.slice(needed - this.at))
    else {
      // Concatenation is cheap, cutting is not: cut only what has become long.
      this.kept += this.piece
      if (this.kept.length > LONGEST_UNDECIDED) this.kept = copy(this.kept.slice(needed - this.keptFrom))
    }
    this.keptFrom = at - this.kept.length
    this.at = at
    this.piece = ''
  }

  private slice(from: number, to: number): string {
    if (from >= this.at) return this.piece.slice(from - this.at, to - this.at)
    return (
      this.kept.slice(from - this.keptFrom, to - this.keptFrom) +
      this.piece.slice(0, Math.max(0, to - this.at))
    )
  }
}

/** What a stream says that is used after it failed, or after its end. */
export function brokenStream(): SluiceError {
  return new SluiceError('ERR_MASKING_FAILED', 'Masking failed before, or is over; nothing more can leave.')
}

// A slice of 13 characters or more keeps the whole string that it was cut from alive; this doesn't.
function copy(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1)
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
