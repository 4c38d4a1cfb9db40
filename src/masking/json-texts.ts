// The texts of JSON: most of them are short and hold nothing to be masked, which is told without a stream for each.
import type { Automata } from './automata.ts'
import { accepts } from './grammar.ts'
import { MOST_STARTS, SHIFT, STEP_BITS, TURN, type Lineups } from './lineups.ts'
import { UNKNOWN } from './table.ts'
import { TextStream, type Segment } from './text-stream.ts'

/** Longer texts are worth a stream. */
export const LONGEST = 256
/** So many contexts are known at a time. */
const MOST_CONTEXTS = 256

/** Streams for the strings and numbers of JSON, and an answer for those that need none. */
export class JsonTexts {
  private readonly automata: Automata
  private lineups: Lineups
  /** By context: the row after it. By row: whether all text is plain that ends there. */
  private readonly rows = new Map<string, number>()
  private readonly quiet = new Map<number, boolean>()

  constructor(automata: Automata) {
    this.automata = automata
    this.lineups = automata.lineups
  }

  /** A stream of what stands after a context. */
  open(before: string): Segment {
    return new TextStream(this.automata, before)
  }

  /**
   * Whether all that is between two indices of a text, and stands after a context, is settled as it is, and breaks nothing
   * off; false: a stream must say.
   */
  isPlain(before: string, text: string, from: number, to: number): boolean {
    if (to - from > LONGEST) return false
    this.lineups.earn(to - from)
    this.automata.renew(to - from)
    if (this.lineups !== this.automata.lineups) this.adopt(this.automata.lineups)
    const row = this.skim(this.rowAfter(before), text, from, to)
    if (row === UNKNOWN) return false
    let isQuiet = this.quiet.get(row)
    if (isQuiet === undefined) this.quiet.set(row, (isQuiet = this.endsQuietly(row)))
    return isQuiet
  }

  // The row after the text; UNKNOWN: something would have to be done on the way.
  private skim(row: number, text: string, from: number, to: number): number {
    const { lineups } = this
    const { classes } = this.automata
    let { table } = lineups
    for (let i = from; i < to && row !== UNKNOWN; i++) {
      const k = classes[text.charCodeAt(i)] as number
      let step = table[row + k] as number
      if (step === UNKNOWN) {
        step = lineups.step(row, k)
        table = lineups.table
      }
      const turn = step & TURN
      if (turn > MOST_STARTS && turn !== SHIFT) return UNKNOWN
      row = turn === SHIFT ? lineups.turnover(step).row : step >> STEP_BITS
    }
    return row
  }

  private rowAfter(before: string): number {
    const known = this.rows.get(before)
    if (known !== undefined) return known
    const row = this.lineups.of(this.automata.gateAfter(before), [], 0, false)?.row
    if (row === undefined) return UNKNOWN
    if (this.rows.size === MOST_CONTEXTS) this.rows.clear()
    this.rows.set(before, row)
    return row
  }

  private endsQuietly(row: number): boolean {
    const { lineups } = this
    return lineups
      .at(row)
      .states.every((state) =>
        lineups.product
          .threads(state)
          .every(
            ({ rule, state, found }) => !found && !accepts(state) && rule.detector.opening === undefined,
          ),
      )
  }

  private adopt(lineups: Lineups): void {
    this.lineups = lineups
    this.rows.clear()
    this.quiet.clear()
  }
}
