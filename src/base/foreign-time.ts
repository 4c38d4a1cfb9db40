// Times that another machine tells, by this machine's clock: what counts is how far they are from that machine's own now.

/** Below it, what two clocks differ by is the whole seconds of a Date header and the way of a reply. */
const NOTICED_MS = 30_000

/** How far this machine's clock is ahead of the one that stamped a reply (its Date header, RFC 9110 §6.6.1), in milliseconds; 0 where that can't be told. */
export function aheadOf(date: string | null, now: number): number {
  const theirs = Date.parse(date ?? '')
  const ahead = now - theirs
  return Number.isNaN(ahead) || Math.abs(ahead) < NOTICED_MS ? 0 : ahead
}

/** What may be told of a clock is worth no more than this. */
const PUT_RIGHT_AT_MOST_MS = 10 * 60_000

/** How far this machine's clock is ahead of that one at least, and ten minutes at most, in milliseconds; 0 where that can't be told. */
export function surelyAheadOf(date: string | null, now: number): number {
  const theirs = Date.parse(date ?? '') + 1000
  return Number.isNaN(theirs) ? 0 : Math.min(Math.max(now - theirs, 0), PUT_RIGHT_AT_MOST_MS)
}

/** A time that a reply tells (RFC 3339), by this machine's clock; NaN where it is none. `date` is the reply's Date header. */
export function localTime(rfc3339: unknown, date: string | null, now: number): number {
  return typeof rfc3339 === 'string' ? Date.parse(rfc3339) + aheadOf(date, now) : NaN
}
