// How long requests wait for a gateway that can't be reached: as long as a restart takes, and not again and again.
import type { Clock } from '../base/clock.ts'

const PATIENCE_MS = 15_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
// Clients try a failed request again by themselves: those attempts need not each wait anew.
const LOST_FOR_MS = 10_000

export interface Wait {
  /** How long to pause after the attempt that begins now, where it fails; undefined where it is the last. */
  next(): number | undefined
  /** The gateway has answered. */
  met(): void
  /** The last attempt has failed, too. */
  inVain(): void
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
        next() {
          const next = pause * (0.75 + Math.random() / 2)
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
          return clock.now() + next <= until ? next : undefined
        },
        met: () => void (lostAt = -Infinity),
        inVain: () => void (lostAt = clock.now()),
      }
    },
  }
}
