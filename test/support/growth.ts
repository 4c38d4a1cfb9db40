// How the time of a piece of work grows with its size, measured so that other programs on the machine matter little.

/** Growth at four times the size: about 4 in proportion, 16 by the square. Half way between, as a bound: */
export const LINEAR = 8

const ROUNDS = 5
const SHORTEST_MS = 15

/**
 * Time for `4n` over time for `n`, each the least of some rounds taken in turns; `n` is doubled first until it takes
 * 15 ms, or `most` is reached: then it is done as often as takes that long.
 */
export function growth(once: (n: number) => void, n: number, most: number): number {
  once(n)
  while (timeOf(once, n) < SHORTEST_MS && 2 * n <= most) n *= 2
  const times = Math.ceil(SHORTEST_MS / Math.max(0.05, timeOf(once, n)))
  const work = (size: number): void => {
    for (let i = 0; i < times; i++) once(size)
  }
  let single = Infinity
  let fourfold = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    single = Math.min(single, timeOf(work, n))
    fourfold = Math.min(fourfold, timeOf(work, 4 * n))
  }
  return fourfold / single
}

/** Of the processor, in milliseconds: others have it meanwhile. */
export function timeOf(work: (n: number) => void, n = 1): number {
  const start = process.cpuUsage()
  work(n)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
