// Exchanges whose callers were told that they could not be recorded: they end as interrupted once the store is well.
import type { Leaf } from './leaf.ts'

export class Unrecorded {
  private readonly exchanges = new Set<string>()
  /** Those that the batch in flight ends. */
  private ending: readonly string[] = []

  /** A write of these leaves was refused; `perhaps` it is made nevertheless. */
  add(leaves: readonly Leaf[], written: 'not' | 'perhaps'): void {
    for (const { opens, closes } of leaves) {
      const exchange = closes ?? (written === 'perhaps' ? opens : null)
      if (exchange !== null) this.exchanges.add(exchange)
    }
  }

  /** All of them, to be ended by a batch. */
  end(): readonly string[] {
    return (this.ending = [...this.exchanges])
  }

  /** The batch in flight is durable: those that it was to end are ended. */
  ended(): void {
    for (const exchange of this.ending) this.exchanges.delete(exchange)
    this.ending = []
  }

  /** It is not: they are still to be ended. */
  notEnded(): void {
    this.ending = []
  }
}
