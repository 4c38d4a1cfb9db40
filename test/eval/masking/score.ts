// Scores: what detectors found of what is there, and what they found that isn't.

/** One row of the evaluation; a rate without cases is undefined. */
export interface Score {
  readonly suite: string
  readonly name: string
  /** Values that should be found, and those that were, each with its exact span where the suite says it. */
  readonly wanted: number
  readonly found: number
  /** What the named detector found that is not there, over texts that hold nothing for it. */
  readonly clean: number
  readonly fired: number
  /** Finds in all that are wrong, beside those that are right. */
  readonly wrong: number
  /** A few of the texts that were missed or wrongly masked, for --misses. */
  readonly misses: readonly string[]
  readonly alarms: readonly string[]
}

/** Adds up a row. */
export class Tally {
  private readonly suite: string
  private readonly name: string
  private wanted = 0
  private found = 0
  private clean = 0
  private fired = 0
  private wrong = 0
  private readonly misses: string[] = []
  private readonly alarms: string[] = []

  constructor(suite: string, name: string) {
    this.suite = suite
    this.name = name
  }

  /** A text that holds `wanted` values, of which `found` were found, beside `wrong` finds that are none. */
  add(text: string, wanted: number, found: number, wrong: number): void {
    this.wanted += wanted
    this.found += found
    this.wrong += wrong
    if (wanted === 0) this.clean++
    if (wanted === 0 && wrong > 0) this.fired++
    if (found < wanted) this.misses.push(text)
    if (wrong > 0) this.alarms.push(text)
  }

  score(): Score {
    const { suite, name, wanted, found, clean, fired, wrong, misses, alarms } = this
    return { suite, name, wanted, found, clean, fired, wrong, misses, alarms }
  }
}

export function recall({ wanted, found }: Score): number | undefined {
  return wanted === 0 ? undefined : found / wanted
}

export function precision({ found, wrong }: Score): number | undefined {
  return found + wrong === 0 ? undefined : found / (found + wrong)
}

export function falseFire({ clean, fired }: Score): number | undefined {
  return clean === 0 ? undefined : fired / clean
}

/** Several rows as one. */
export function summed(suite: string, name: string, scores: readonly Score[]): Score {
  const total = (of: (score: Score) => number): number => scores.reduce((sum, score) => sum + of(score), 0)
  return {
    suite,
    name,
    wanted: total((score) => score.wanted),
    found: total((score) => score.found),
    clean: total((score) => score.clean),
    fired: total((score) => score.fired),
    wrong: total((score) => score.wrong),
    misses: scores.flatMap((score) => score.misses),
    alarms: scores.flatMap((score) => score.alarms),
  }
}
