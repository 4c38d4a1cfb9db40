// What replies said they are on record as, held against the ledger: a request without an entry does not go unnoticed.
import type { Entry } from '../terms/entry.ts'

/** A reply that this machine got. */
export interface NamedEntries {
  /** Epoch milliseconds, by this machine's clock. */
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

/** Takes the entries of a subject as they are verified, lowest index first, and tells which replies they don't bear out. */
export class Reckoning {
  /** Replies that named no entry at all. */
  readonly withoutEntry: readonly NamedEntries[]
  private readonly named: { readonly index: number; readonly reply: NamedEntries }[]
  private readonly told = new Set<NamedEntries>()
  private next = 0
  private from: number | undefined

  /** `from`: the index of the first entry that comes, where that is known beforehand. */
  constructor(replies: readonly NamedEntries[], from?: number) {
    this.from = from
    this.withoutEntry = replies.filter(({ entry }) => entry === undefined)
    this.named = replies
      .flatMap((reply) =>
        [reply.entry, reply.outcome].flatMap((index) => (index === undefined ? [] : [{ index, reply }])),
      )
      .sort((a, b) => a.index - b.index)
  }

  /** The replies whose entries should have come up to here, and did not. */
  see(index: number, entry: Entry): Unaccounted[] {
    this.from ??= index
    const exchange = 'exchange' in entry ? entry.exchange : undefined
    return this.pass(index + 1, (named) => named.index === index && named.reply.exchange === exchange)
  }

  /** The others, once all entries are through: what a reply names was durable before it. */
  end(): Unaccounted[] {
    return this.from === undefined ? [] : this.pass(Infinity, () => false)
  }

  private pass(below: number, isBorneOut: (named: Unaccounted) => boolean): Unaccounted[] {
    const lacking: Unaccounted[] = []
    for (; (this.named[this.next]?.index ?? Infinity) < below; this.next++) {
      const named = this.named[this.next] as Unaccounted
      if (named.index < (this.from ?? 0) || this.told.has(named.reply) || isBorneOut(named)) continue
      this.told.add(named.reply)
      lacking.push(named)
    }
    return lacking
  }
}
