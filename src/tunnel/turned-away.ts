// Requests that were turned away, counted, and told of so rarely that whoever knocks can't flood a terminal or a log.
import type { Clock } from '../base/clock.ts'
import type { ErrorCode } from '../base/errors.ts'

const EVERY_MS = 10_000

export interface TurnedAway {
  readonly count: number
  /** Counts one. Says how many of its kind were left untold before it; undefined where it is left untold as well. */
  add(code: ErrorCode): number | undefined
}

export function countTurnedAway(clock: Clock): TurnedAway {
  const kinds = new Map<ErrorCode, { toldAt: number; untold: number }>()
  let count = 0
  return {
    get count() {
      return count
    },
    add(code) {
      count++
      const kind = kinds.get(code)
      if (kind && clock.now() - kind.toldAt < EVERY_MS) {
        kind.untold++
        return undefined
      }
      kinds.set(code, { toldAt: clock.now(), untold: 0 })
      return kind?.untold ?? 0
    },
  }
}
