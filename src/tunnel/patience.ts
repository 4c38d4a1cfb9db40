// How long requests wait for a gateway that can't be reached: as long as a restart takes, and not again and again.
import type { Clock } from '../base/clock.ts'

const PATIENCE_MS = 15_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
// Clients try a failed request again by themselves: those attempts need not each wait anew.
const LOST_FOR_MS = 10_000

export interface Wait {
  readonly isOver: boolean
  /** How long to pause before another attempt; undefined where there is no more time for one. */
  next(): number | undefined
  /** The gateway has answered. */
  met(): void
}

export interface Patience {
  begin(): Wait
}

export function patience(clock: Clock, patienceMs = PATIENCE_MS): Patience {
  let lostAt = -Infinity
  return {
    begin() {
      const until = clock.now() - lostAt < LOST_FOR_MS ? -Infinity : clock.now() + patienceMs
      let pause = FIRST_PAUSE_MS
      return {
        get isOver() {
          return clock.now() >= until
        },
        next() {
          const next = pause * (0.75 + Math.random() / 2)
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
          if (clock.now() + next <= until) return next
          lostAt = clock.now()
          return undefined
        },
        met: () => void (lostAt = -Infinity),
      }
    },
  }
}
