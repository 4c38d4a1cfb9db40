// The reader: the loop that reads every code unit once.
import type { Automata } from './automata.ts'
import type { Candidates } from './candidates.ts'
import * as steps from './lineups.ts'
import { CHECK, RUNNING, shift, SHIFT, STUDY, type Lineups } from './lineups.ts'
import { UNKNOWN } from './table.ts'
import { Window } from './window.ts'

// What is read for every unit: compiled code has a module's own constants in it, where they lie and how long they are, and
// looks up all others each time. So all engines of a thread share one window, which shows what is being read right now.
const MOST_STARTS = steps.MOST_STARTS
const STEP_BITS = steps.STEP_BITS
const TURN = steps.TURN
const window = new Window()
const UNITS = window.units
const MARKS = window.marks

/** Text is counted as read, and earns what it made, in lots of so many units. */
const LOT = 256
/** After skimming was refused, so many units are studied before it is tried again. */
const PATIENCE = 64
const STUDYING = -1
/** A text of at most so many units is first tried as it is. */
const SHORT = 16

/**
 * Skims by line-ups, and reads with care the units at which something must be done: where matches end that others depend
 * on. Invariant: both ways come to the same; to read with care is the definition, to skim is quick.
 */
export class Reader {
  private readonly automata: Automata
  private readonly candidates: Candidates
  private lineups: Lineups
  /** While skimming: the line-up's row. */
  private row = STUDYING
  /** While studying: the gate, and the offset from which on skimming may be tried. */
  private gate = 0
  private tryFrom = 0
  /** The offset of the window. */
  private at = 0
  /** So many units were read that are not counted yet. */
  private uncounted = 0

  /** `candidates` are this reader's own; `before` is what stands before the text, as far as it is a context. */
  constructor(automata: Automata, candidates: Candidates, before: string) {
    this.automata = automata
    this.candidates = candidates
    this.lineups = automata.lineups
    this.gate = automata.gateAfter(before)
    this.startSkim()
  }

  /** The summary of the line-up after the text that was read last; UNKNOWN: the candidates are read one by one. */
  get summary(): number {
    return this.row === STUDYING ? UNKNOWN : (this.lineups.table[this.row - 1] as number)
  }

  /** Reads `text`, which begins at the offset `at`; returns the summary. */
  read(text: string, at: number): number {
    this.adopt()
    const { length } = text
    const most = Math.min(this.automata.limits.units, UNITS.length)
    for (let from = length <= SHORT ? this.glance(text, at) : 0; from < length; from += most) {
      this.readPart(text, from, length - from > most ? from + most : length, at + from)
    }
    // What has too long a run-up to matter must not hold back anything.
    const { summary } = this
    if ((summary & RUNNING) === 0) return summary
    const end = at + length
    if (end - (this.candidates.starts[1] as number) > this.automata.runUp) this.list(end)
    return this.summary
  }

  /** The text is over: what it read counts. */
  finish(): void {
    this.count(this.uncounted)
  }

  private readPart(text: string, from: number, to: number, at: number): void {
    window.move(text, from, to)
    this.at = at
    const count = to - from
    for (let i = 0; i < count;) i = this.row === STUDYING ? this.study(i, count) : this.skim(i, count)
    this.uncounted += count
    if (this.uncounted >= LOT) this.count(this.uncounted)
  }

  private count(units: number): void {
    this.uncounted = 0
    this.lineups.earn(units)
    this.automata.renew(units)
    this.adopt()
  }

  /** The candidates under way, one by one, everything before `at` being read. */
  list(at: number): Candidates {
    this.adopt()
    if (this.row === STUDYING) this.candidates.expire(at)
    else {
      const { gate, states } = this.lineups.at(this.row)
      this.candidates.load(states)
      if (this.candidates.expire(at)) {
        this.gate = gate
        this.startSkim()
      }
    }
    return this.candidates
  }

  // Reads on from the window's i'th unit while line-ups say how; returns the index of the first unit that it did not read.
  private skim(i: number, to: number): number {
    const { at, automata, candidates, lineups } = this
    this.mark()
    while ((i = this.run(i, to)) < to) {
      const { row } = this
      const k = automata.classes[UNITS[i] as number] as number
      let step = lineups.table[row + k] as number
      if (step === UNKNOWN) step = lineups.step(row, k)
      let turn = step & TURN
      if (turn === CHECK) {
        const ends = lineups.endings(lineups.turnover(step), row, k)
        turn = candidates.decides(ends, MARKS, i, at + i) ? SHIFT : STUDY
      }
      if (turn === STUDY) {
        this.unmark()
        this.startStudy()
        this.readWithCare(k, at + i++)
        if (!this.startSkim()) {
          this.tryFrom = at + i + PATIENCE
          return i
        }
        this.mark()
        continue
      }
      if (turn === SHIFT) {
        const turnover = lineups.turnover(step)
        MARKS[shift(turnover, MARKS)] = i
        this.row = turnover.row
      } else {
        MARKS[turn] = i
        this.row = step >> STEP_BITS
      }
      i++
    }
    this.unmark()
    return i
  }

  // Where the line-up's candidates began, as indices of the window: those are written down in less time than offsets.
  private mark(): void {
    const { states } = this.lineups.at(this.row)
    for (let i = 1; i <= states.length; i++) MARKS[i] = (this.candidates.starts[i] as number) - this.at
  }

  // And as offsets again.
  private unmark(): void {
    const { states } = this.lineups.at(this.row)
    for (let i = 1; i <= states.length; i++) this.candidates.starts[i] = this.at + (MARKS[i] as number)
  }

  // Takes the ordinary steps, one look-up a unit; returns the index of the first unit whose step isn't.
  private run(i: number, to: number): number {
    const { table } = this.lineups
    const { classes } = this.automata
    let { row } = this
    // (What is cut to 32 bits needn't be watched for growing beyond, and without a sign is an index as it is.)
    for (; i < to; i = (i + 1) | 0) {
      const step = table[(row + (classes[UNITS[i] as number] as number)) >>> 0] as number
      const turn = step & TURN
      if (turn > MOST_STARTS) break
      // A store that is seldom needed costs less than to ask whether it is.
      MARKS[turn] = i
      row = step >> STEP_BITS
    }
    this.row = row
    return i
  }

  // Takes the ordinary steps of a text that is not worth a window; returns how many units it has read.
  private glance(text: string, at: number): number {
    let { row } = this
    if (row === STUDYING) return 0
    const { starts } = this.candidates
    const { table } = this.lineups
    const { classes } = this.automata
    let i = 0
    for (; i < text.length; i++) {
      const step = table[row + (classes[text.charCodeAt(i)] as number)] as number
      const turn = step & TURN
      starts[turn] = at + i
      if (turn > MOST_STARTS) break
      row = step >> STEP_BITS
    }
    this.row = row
    this.uncounted += i
    if (this.uncounted >= LOT) this.count(this.uncounted)
    return i
  }

  // Reads at least one unit with care, and on until a line-up says as much.
  private study(i: number, to: number): number {
    const { at, automata } = this
    while (i < to) {
      this.readWithCare(automata.classes[UNITS[i] as number] as number, at + i)
      i++
      if (at + i < this.tryFrom) continue
      if (this.startSkim()) break
      this.tryFrom = at + i + PATIENCE
    }
    return i
  }

  private readWithCare(k: number, at: number): void {
    const { candidates } = this
    const { gates } = this.lineups
    candidates.read(k, at)
    const begun = gates.begin(this.gate, k)
    if (begun !== 0) candidates.begin(begun, at)
    this.gate = gates.after(this.gate, k)
  }

  private startStudy(): void {
    const { gate, states } = this.lineups.at(this.row)
    this.candidates.load(states)
    this.gate = gate
    this.row = STUDYING
  }

  private startSkim(): boolean {
    const { states, count, isEager } = this.candidates
    this.row = this.lineups.of(this.gate, states, count, isEager)?.row ?? STUDYING
    return this.row !== STUDYING
  }

  // Moves over to the automata that are in use: of those that it held before, only what this asks for is left.
  private adopt(): void {
    const { lineups } = this.automata
    if (lineups === this.lineups) return
    if (this.row !== STUDYING) this.startStudy()
    this.gate = lineups.gates.adopt(this.gate, this.lineups.gates)
    this.candidates.adopt(lineups.product)
    this.lineups = lineups
  }
}
