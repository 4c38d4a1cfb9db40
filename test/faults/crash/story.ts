// The one story that the model server, the callers and the ledger have to tell of a gateway's lives.
import type { DecisionEntry, Entry, OutcomeEntry } from '../../../src/terms/entry.ts'
import type { Told } from './callers.ts'

export class Story {
  private readonly entries: Entry[] = []
  private readonly decided = new Map<string, DecisionEntry>()
  private readonly concluded = new Map<string, OutcomeEntry>()
  private readonly heard: ReadonlySet<string>

  /** `heard`: the exchanges that the model server knows of, from now on. */
  constructor(heard: ReadonlySet<string>) {
    this.heard = heard
  }

  /** Goes on with what a gateway has put on record from its start to the next one's; returns what of it can't be. */
  goOn(fresh: readonly Entry[]): string[] {
    const problems: string[] = []
    for (const entry of fresh) {
      this.entries.push(entry)
      if (entry.kind === 'decision') {
        if (this.decided.has(entry.exchange)) problems.push(`${entry.exchange} was decided twice`)
        this.decided.set(entry.exchange, entry)
      } else if (entry.kind === 'outcome') {
        if (!this.decided.has(entry.exchange)) problems.push(`${entry.exchange} ended undecided`)
        if (this.concluded.has(entry.exchange)) problems.push(`${entry.exchange} has two outcomes`)
        this.concluded.set(entry.exchange, entry)
      }
    }
    for (const exchange of this.decided.keys())
      if (!this.concluded.has(exchange)) problems.push(`${exchange} has no outcome`)
    for (const exchange of this.heard)
      if (this.decided.get(exchange)?.effect !== 'allow')
        problems.push(`the model server heard ${exchange || 'a request without its exchange'}`)
    // What a crash cut off is told by the next start, before anything else that it tells.
    const kinds = fresh.map((entry) => (entry.kind === 'outcome' ? entry.status : entry.kind)).join(' ')
    if (!/^((?!interrupted|gateway-started)\S+ )*(interrupted )*gateway-started$/.test(kinds))
      problems.push(`out of order: …${kinds.slice(-200)}`)
    return problems
  }

  /** What callers were told that is not on record. */
  gaps({ decisions, outcomes }: Told): string[] {
    const problems: string[] = []
    for (const [exchange, index] of decisions)
      if (!this.is(index, 'decision', exchange)) problems.push(`${exchange}: no decision under ${index}`)
    for (const [exchange, { entry, status }] of outcomes)
      if (!this.is(entry, 'outcome', exchange) || this.concluded.get(exchange)?.status !== status)
        problems.push(`${exchange}: not ${status} under ${entry}`)
    return problems
  }

  /** How far the exchanges were that these callers had open when the gateway died, as far as it had decided them. */
  stages({ decisions, outcomes }: Told, fresh: readonly Entry[]): Stages {
    const stages = { unsent: 0, thinking: 0, streaming: 0, ending: 0 }
    for (const entry of fresh) {
      if (entry.kind !== 'outcome' || outcomes.has(entry.exchange)) continue
      if (entry.status !== 'interrupted') stages.ending++
      else if (decisions.has(entry.exchange)) stages.streaming++
      else if (this.heard.has(entry.exchange)) stages.thinking++
      else stages.unsent++
    }
    return stages
  }

  private is(index: number, kind: Entry['kind'], exchange: string): boolean {
    const entry = this.entries[index]
    return entry?.kind === kind && 'exchange' in entry && entry.exchange === exchange
  }
}

export interface Stages {
  /** Decided, and the model server has heard nothing. */
  unsent: number
  /** The model server has heard, and the caller has no head of a reply. */
  thinking: number
  /** The caller has a head, and no end. */
  streaming: number
  /** The outcome is on record, and the caller has no end. */
  ending: number
}
