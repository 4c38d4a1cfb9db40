// The automata of an engine, shared by all of its streams, and their renewal where text has made too much of them.
import { Gates, rulesOf } from './anchors.ts'
import { contextsOf, type Contexts } from './contexts.ts'
import type { Detector } from './detector.ts'
import { grammarOf } from './grammar.ts'
import { Leaders } from './leaders.ts'
import { Lineups } from './lineups.ts'
import { Product, type Rule } from './product.ts'
import { classesOf, classTable, refine, representatives } from './units.ts'

export interface Limits {
  /** So many states of a kind are kept; where text has made more, the automata are made anew. */
  readonly states: number
  /** So many units are read before it is asked whether that is so. */
  readonly units: number
  /** So many steps of line-ups are made on credit: enough for what ordinary text needs. */
  readonly credit: number
}
const LIMITS: Limits = { states: 40_000, units: 16_384, credit: 20_000 }

export class Automata {
  readonly rules: readonly Rule[]
  /** By code unit: its class, which is all that the automata see of it. */
  readonly classes: Uint8Array | Uint16Array
  readonly leaders: Leaders
  /** The shortest run-up that some rule has (Infinity: none has one), and the longest. */
  readonly runUp: number
  readonly longestRunUp: number
  readonly limits: Limits
  /** Line-ups, gates and product. A stream that holds others moves over to these before it does anything. */
  lineups: Lineups
  /** The text that stood before a stream last, and the gate after it: all values of an array have one key. */
  private before: { readonly text: string; readonly gate: number; readonly lineups: Lineups } | undefined
  /** So many units were read since it was asked whether the automata have grown too large. */
  private unasked = 0
  private readonly contexts: Contexts
  private readonly units: readonly number[]

  constructor(detectors: readonly Detector[], limits = LIMITS) {
    this.limits = limits
    const grammars = detectors.map(grammarOf)
    this.contexts = contextsOf(detectors)
    const classes = refine([...grammars.map((grammar) => grammar.classes), classesOf(this.contexts.sets)])
    this.units = representatives(classes)
    this.classes = classTable(classes)
    this.rules = rulesOf(detectors, grammars, this.units)
    this.leaders = new Leaders(this.rules.length)
    const runUps = grammars.map(({ runUp }) => runUp || Infinity)
    this.runUp = Math.min(...runUps)
    this.longestRunUp = Math.max(...runUps.filter(Number.isFinite))
    this.lineups = this.begin()
  }

  /** The gate after a text that stands before a stream. */
  gateAfter(text: string): number {
    const { before, classes, lineups } = this
    if (before?.text === text && before.lineups === lineups) return before.gate
    let gate = 0
    for (let i = 0; i < text.length; i++) {
      gate = lineups.gates.after(gate, classes[text.charCodeAt(i)] as number)
    }
    if (text !== '') this.before = { text, gate, lineups }
    return gate
  }

  /** So many units were read, by whatever stream: makes the automata anew where they have grown too large. */
  renew(units: number): void {
    this.unasked += units
    if (this.unasked < this.limits.units) return
    this.unasked = 0
    const { gates, product, size } = this.lineups
    if (Math.max(gates.size, product.size, size) <= this.limits.states) return
    this.lineups.retire()
    this.lineups = this.begin()
  }

  private begin(): Lineups {
    const width = this.units.length
    const product = new Product(width)
    const gates = new Gates(this.rules, this.contexts, product, this.units)
    return new Lineups(gates, product, width, this.limits.credit)
  }
}
