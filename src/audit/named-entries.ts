// What replies said they are on record as, held against the ledger: a request without an entry does not go unnoticed.
import type { Entry } from '../terms/entry.ts'

/** A reply that this machine got. */
export interface NamedEntries {
  /** Epoch milliseconds, by this machine's clock, put right where the gateway's has shown it to be ahead. */
  readonly at: number
  /** Whose it was (`sub_…`). */
  readonly subject: string
  readonly operation: string
  readonly exchange?: string
  /** Index of the decision or refusal that it named; none where it named none. */
  readonly entry?: number
  /** Index of the outcome. */
  readonly outcome?: number
}

export interface Unaccounted {
  readonly reply: NamedEntries
  /** The index that it named, where the ledger has no entry of its exchange. */
  readonly index: number
}

/** So many entries that have passed are remembered, for replies of which is heard only after that. */
const REMEMBERED = 10_000

/** Takes the entries of a subject as they are verified, lowest index first, and tells which replies they don't bear out. */
export class Reckoning {
  private named: Unaccounted[] = []
  private readonly unnamed: NamedEntries[] = []
  private readonly told = new Set<NamedEntries>()
  /** By index, the exchanges of entries that have passed. */
  private readonly passed = new Map<number, string | undefined>()
  /** Nothing before it is told. */
  private from: number | undefined
  /** The index after the last one that has passed. */
  private next = 0

  /** `from`: the index of the first entry that comes, where that is known beforehand. */
  constructor(replies: readonly NamedEntries[], from?: number) {
    this.from = from
    this.add(replies)
  }

  /** Replies that named no entry at all. */
  get withoutEntry(): readonly NamedEntries[] {
    return this.unnamed
  }

  /** Takes more replies; those that what has passed does not bear out. */
  add(replies: readonly NamedEntries[]): Unaccounted[] {
    this.unnamed.push(...replies.filter(({ entry }) => entry === undefined))
    const named = replies.flatMap((reply) =>
      [reply.entry, reply.outcome].flatMap((index) => (index === undefined ? [] : [{ index, reply }])),
    )
    this.named = [...this.named, ...named].sort((a, b) => a.index - b.index)
    return this.reckon(this.next)
  }

  /** The replies whose entries should have come up to here, and did not. */
  see(index: number, entry: Entry): Unaccounted[] {
    this.from ??= index
    this.passed.set(index, 'exchange' in entry ? entry.exchange : undefined)
    this.next = index + 1
    const lacking = this.reckon(this.next)
    for (const [oldest] of this.passed) {
      if (this.passed.size <= REMEMBERED) break
      this.passed.delete(oldest)
      this.from = oldest + 1
    }
    return lacking
  }

  /** The others, once all entries are through: what a reply names was durable before it. */
  end(): Unaccounted[] {
    return this.from === undefined ? [] : this.reckon(Infinity)
  }

  private reckon(below: number): Unaccounted[] {
    const lacking: Unaccounted[] = []
    const end = this.named.findIndex(({ index }) => index >= below)
    for (const { index, reply } of this.named.splice(0, end < 0 ? this.named.length : end)) {
      const isBorneOut = this.passed.has(index) && this.passed.get(index) === reply.exchange
      if (index < (this.from ?? 0) || this.told.has(reply) || isBorneOut) continue
      this.told.add(reply)
      lacking.push({ index, reply })
    }
    return lacking
  }
}
