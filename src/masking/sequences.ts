// Sequences of numbers by which automata know their states again: equal ones have the same place.

const ROOT = 0
const NOTHING = 0
const FIRST_CAPACITY = 1024

/** A trie: each place stands for the numbers on the way to it; `values` holds what is known of the sequence that ends there. */
export class Sequences {
  readonly values: (number | undefined)[] = [undefined]
  // The trie's edges as a hash table with open addressing, never more than half full: place and number → place.
  private capacity = FIRST_CAPACITY
  private places = new Int32Array(FIRST_CAPACITY)
  private numbers = new Int32Array(FIRST_CAPACITY)
  private nexts = new Int32Array(FIRST_CAPACITY)

  /** The place of the empty sequence. */
  begin(): number {
    return ROOT
  }

  /** The place of the sequence at `place` and one number more, of 32 bits. */
  after(place: number, number: number): number {
    let slot = this.slotOf(place, number)
    if (this.nexts[slot] !== NOTHING) return this.nexts[slot] as number
    if (2 * this.values.length > this.capacity) {
      this.grow()
      slot = this.slotOf(place, number)
    }
    return this.put(slot, place, number, this.values.push(undefined) - 1)
  }

  /** The place of a sequence. */
  of(numbers: readonly number[]): number {
    let place = this.begin()
    for (const number of numbers) place = this.after(place, number)
    return place
  }

  private put(slot: number, place: number, number: number, next: number): number {
    this.places[slot] = place
    this.numbers[slot] = number
    this.nexts[slot] = next
    return next
  }

  // Where the edge is, or would be put.
  private slotOf(place: number, number: number): number {
    const { nexts, numbers, places } = this
    const wanted = number | 0
    const last = this.capacity - 1
    const hash = Math.imul(place, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b)
    let slot = (hash ^ (hash >>> 15)) & last
    while (nexts[slot] !== NOTHING && (places[slot] !== place || numbers[slot] !== wanted)) {
      slot = (slot + 1) & last
    }
    return slot
  }

  private grow(): void {
    const { nexts, numbers, places } = this
    this.capacity *= 2
    this.places = new Int32Array(this.capacity)
    this.numbers = new Int32Array(this.capacity)
    this.nexts = new Int32Array(this.capacity)
    for (let i = 0; i < nexts.length; i++) {
      if (nexts[i] === NOTHING) continue
      const [place, number] = [places[i] as number, numbers[i] as number]
      this.put(this.slotOf(place, number), place, number, nexts[i] as number)
    }
  }
}
