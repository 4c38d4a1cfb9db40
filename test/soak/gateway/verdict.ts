// Whether a soak found the gateway sound, and its figures.
import type { Sample } from './samples.ts'
import type { Soaked } from './soak.ts'

export interface Figure {
  readonly name: string
  readonly value: number
  /** Where there is one, more than that is not sound. */
  readonly bound?: number
}

const MIB = 2 ** 20
/** Caches fill and code is compiled for a while: so much is no leak, however short the soak. */
const SETTLING = 4 * MIB
/** Beyond that, what an exchange may leave behind, in bytes of live memory. */
const PER_EXCHANGE = 16
/** Resident memory under load depends on when V8 collects: minutes of it tell something. */
const RESIDENT_GROWTH = 1.25
const MANY_SAMPLES = 240

export function figuresOf({ rests, loaded, wrong }: Soaked): Figure[] {
  const [first, last] = [rests[0] as Sample, rests.at(-1) as Sample]
  const exchanges = last.exchangesEnded - first.exchangesEnded
  const live = ({ heap, external }: Sample): number => heap + external
  const mib = (bytes: number): number => Math.round((bytes / MIB) * 100) / 100
  const most = (of: (sample: Sample) => number): number => Math.max(...loaded.map(of))
  const median = (of: (sample: Sample) => number, samples = loaded): number =>
    samples.map(of).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] as number
  const half = Math.floor(loaded.length / 2)
  const ms = (value: number): number => Math.round(value * 10) / 10
  const growth = growthOf(rests.slice(1), live)
  return [
    { name: 'exchanges', value: last.exchangesEnded },
    { name: 'exchanges a second', value: Math.round(exchanges / (last.at - first.at)) },
    { name: 'open exchanges, most', value: most((sample) => sample.exchangesOpen) },
    { name: 'entries waiting for the ledger, most', value: most((sample) => sample.ledgerWaiting) },
    { name: 'live memory at rest after the warm-up, MiB', value: mib(live(rests[1] ?? first)) },
    {
      name: 'live memory at rest, growth, MiB',
      value: mib(growth),
      bound: mib(SETTLING + exchanges * PER_EXCHANGE),
    },
    {
      name: 'resident under load, median of the second half, MiB',
      value: mib(median(({ rss }) => rss, loaded.slice(half))),
      ...(loaded.length >= MANY_SAMPLES && {
        bound: mib(median(({ rss }) => rss, loaded.slice(0, half)) * RESIDENT_GROWTH),
      }),
    },
    { name: 'resident under load, most, MiB', value: mib(most(({ rss }) => rss)) },
    { name: 'descriptors under load, most', value: most(({ descriptors }) => descriptors) },
    // What is left behind stays; what is closing just then does not.
    { name: 'descriptors at rest', value: leastOf(rests.slice(-2)), bound: first.descriptors },
    { name: 'event-loop delay p50 ms, median second', value: ms(median(({ delay }) => delay.p50)) },
    { name: 'event-loop delay p99 ms, median second', value: ms(median(({ delay }) => delay.p99)) },
    { name: 'event-loop delay, most ms', value: ms(most(({ delay }) => delay.max)) },
    { name: 'open exchanges at rest', value: last.exchangesOpen, bound: 0 },
    { name: 'wrong answers', value: wrong.length, bound: 0 },
  ]
}

function leastOf(rests: readonly Sample[]): number {
  return Math.min(...rests.map(({ descriptors }) => descriptors))
}

export function isSound({ value, bound }: Figure): boolean {
  return bound === undefined || value <= bound
}

/** By the line through the points that a single odd one can't turn (Theil and Sen): from the first to the last. */
function growthOf(rests: readonly Sample[], of: (sample: Sample) => number): number {
  const slopes = rests.flatMap((a, i) => rests.slice(i + 1).map((b) => (of(b) - of(a)) / (b.at - a.at)))
  if (slopes.length === 0) return 0
  const slope = slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)] as number
  return slope * ((rests.at(-1) as Sample).at - (rests[0] as Sample).at)
}
