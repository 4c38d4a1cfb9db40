// Sequences of numbers by which automata know their states again: equal ones have the same place.

const BASE = 2 ** 32
const ROOT = 0

/** A trie: each place stands for the numbers on the way to it; `values` holds what is known of the sequence that ends there. */
export class Sequences {
  readonly values: (number | undefined)[] = [undefined]
  private readonly places = new Map<number, number>()

  /** The place of the empty sequence. */
  begin(): number {
    return ROOT
  }

  /** The place of the sequence at `place` and one number more, which is not negative and below 2³². */
  after(place: number, number: number): number {
    const key = place * BASE + number
    let next = this.places.get(key)
    if (next === undefined) {
      next = this.values.push(undefined) - 1
      this.places.set(key, next)
    }
    return next
  }
}
