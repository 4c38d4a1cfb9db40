// The reader: the loop that reads every code unit once.
import type { Automata } from './automata.ts'
import type { Candidates } from './candidates.ts'
import { MOST_STARTS, SHIFT, STEP_BITS, STUDY, TURN, type Lineup, type Lineups } from './lineups.ts'
import { PLAIN } from './product.ts'
import { UNKNOWN } from './table.ts'

/** After skimming was refused, so many units are studied before it is tried again. */
const PATIENCE = 64

/**
 * Skims by line-ups while nothing has been found, and studies the candidates one by one from a find on until everything
 * about it is decided. Invariant: both ways come to the same; `study` is the definition, `skim` is quick.
 */
export class Reader {
  private readonly automata: Automata
  private readonly candidates: Candidates
  private lineups: Lineups
  /** While skimming: the line-up's row (-1: studying), and where its candidates began, from 1, counted from `at`. */
  private row: number
  private readonly starts = [...NO_STARTS]
  /** The line-up after the text that was read last, where nothing has been found; and where that text began. */
  lineup: Lineup | undefined
  private at = 0
  /** So many units were read since it was asked whether the automata have grown too large. */
  private unasked = 0
  /** While studying: the gate, and the offset from which on skimming may be tried. */
  private gate = 0
  private tryFrom = 0

  /** `candidates` are this reader's own; `before` is what stands before the text, as far as it is a context. */
  constructor(automata: Automata, candidates: Candidates, before: string) {
    this.automata = automata
    this.candidates = candidates
    this.lineups = automata.lineups
    const { gates } = this.lineups
    for (let i = 0; i < before.length; i++) {
      this.gate = gates.after(this.gate, automata.classes[before.charCodeAt(i)] as number)
    }
    this.lineup = this.lineups.of(this.gate, [])
    this.row = this.lineup?.row ?? STUDYING
  }

  /** Reads `text`, which begins at the offset `at`. */
  read(text: string, at: number): void {
    const count = this.lineup?.states.length ?? 0
    for (let i = 1; i <= count; i++) this.starts[i] = (this.starts[i] as number) - (at - this.at)
    this.at = at
    for (let i = 0; i < text.length;) {
      if (this.lineups !== this.automata.lineups) this.adopt(this.automata.lineups)
      const to = Math.min(text.length, i + this.automata.limits.units)
      this.lineups.earn(to - i)
      this.unasked += to - i
      while (i < to) i = this.row === STUDYING ? this.study(text, i, to) : this.skim(text, i, to)
      if (this.unasked < this.automata.limits.units) continue
      this.unasked = 0
      this.automata.renew()
    }
    this.lineup = this.row === STUDYING ? undefined : this.lineups.at(this.row)
  }

  /** Where the i'th candidate of the line-up began. */
  start(i: number): number {
    return this.at + (this.starts[i + 1] as number)
  }

  /** The candidates under way, one by one. */
  list(): Candidates {
    if (this.lineup) this.load(this.lineup)
    return this.candidates
  }

  // Reads on from text[i] while nothing is found; returns the index of the first unit that it did not read.
  private skim(text: string, i: number, to: number): number {
    const { lineups, starts } = this
    while ((i = this.run(text, i, to)) < to) {
      const { row } = this
      const k = this.automata.classes[text.charCodeAt(i)] as number
      let step = lineups.table[row + k] as number
      if (step === UNKNOWN) step = lineups.step(row, k)
      let turn = step & TURN
      if (turn === STUDY) {
        this.startStudy(lineups.at(row))
        return i
      }
      if (turn === SHIFT) turn = lineups.shift(row, k, starts)
      starts[turn] = i
      this.row = step >> STEP_BITS
      i++
    }
    return i
  }

  // Takes the ordinary steps, one look-up a unit; returns the index of the first unit whose step isn't.
  private run(text: string, i: number, to: number): number {
    const { starts } = this
    const { table } = this.lineups
    const { classes } = this.automata
    let { row } = this
    for (; i < to; i++) {
      const step = table[row + (classes[text.charCodeAt(i)] as number)] as number
      const turn = step & TURN
      // A store that is seldom needed costs less than to ask whether it is.
      starts[turn] = i
      if (turn > MOST_STARTS) break
      row = step >> STEP_BITS
    }
    this.row = row
    return i
  }

  // Reads at least one unit with care, and on until a line-up says as much.
  private study(text: string, i: number, to: number): number {
    const { at, candidates } = this
    const { classes } = this.automata
    const { gates } = this.lineups
    let { gate } = this
    while (i < to) {
      const k = classes[text.charCodeAt(i)] as number
      candidates.step(k, at + i)
      const begun = gates.begin(gate, k)
      if (begun !== 0) candidates.begin(begun, at + i)
      gate = gates.after(gate, k)
      i++
      if (at + i >= this.tryFrom && candidates.isCalm() && this.startSkim(gate, at + i)) break
    }
    this.gate = gate
    return i
  }

  private startStudy(lineup: Lineup): void {
    this.load(lineup)
    this.gate = lineup.gate
    this.row = STUDYING
    this.tryFrom = 0
  }

  private load({ states }: Lineup): void {
    this.candidates.load(
      states,
      states.map((_, i) => this.start(i)),
    )
  }

  private startSkim(gate: number, at: number): boolean {
    const { list } = this.candidates
    const lineup = this.lineups.of(
      gate,
      list.map(({ state }) => state & PLAIN),
    )
    if (!lineup) {
      this.tryFrom = at + PATIENCE
      return false
    }
    list.forEach(({ start }, i) => (this.starts[i + 1] = start - this.at))
    this.row = lineup.row
    return true
  }

  private adopt(lineups: Lineups): void {
    if (this.row !== STUDYING) this.startStudy(this.lineups.at(this.row))
    this.gate = lineups.gates.adopt(this.gate, this.lineups.gates)
    this.candidates.adopt(lineups.product)
    this.lineups = lineups
  }
}

const STUDYING = -1
const NO_STARTS: readonly number[] = Array.from({ length: TURN + 1 }, () => 0)
