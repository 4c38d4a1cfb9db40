// A clock that can't be right: entries would lie about when, and sign-ins would end too late or all at once.
import { SluiceError } from '../base/errors.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** So much may a clock be set back: entries tell their order by their index. */
const BACK_AT_MOST = 5 * MINUTE
/** A ledger that slept for longer is rarer than a clock that is off. */
const AHEAD_AT_MOST = 400 * DAY
// No sluice ran before, and none of today's will run after.
const FIRST = Date.UTC(2025, 0)
const LAST = Date.UTC(2100, 0)

/** ERR_CLOCK where `now` (epoch milliseconds) does not go with the newest entry's time; both are named. */
export function clockFault(now: number, newest: number | undefined): SluiceError | undefined {
  const clock = `This machine's clock says ${new Date(now).toISOString()}`
  const set = 'Set the clock, and see that it is kept right: timedatectl, or chronyc tracking.'
  if (now < FIRST || now >= LAST) return new SluiceError('ERR_CLOCK', `${clock}.`, { nextSteps: [set] })
  if (newest === undefined) return undefined
  const ahead = now - newest
  if (ahead >= -BACK_AT_MOST && ahead <= AHEAD_AT_MOST) return undefined
  const distance = `${spanOf(Math.abs(ahead))} ${ahead < 0 ? 'before' : 'after'}`
  const message = `${clock}, ${distance} the newest entry of the ledger, of ${new Date(newest).toISOString()}.`
  return new SluiceError('ERR_CLOCK', message, {
    nextSteps: [set, 'Or, where it is right: sluice gateway start --accept-clock'],
  })
}

function spanOf(ms: number): string {
  if (ms < 120 * MINUTE) return `${Math.round(ms / MINUTE)} minutes`
  return ms < 2 * DAY ? `${Math.round(ms / 60 / MINUTE)} hours` : `${Math.round(ms / DAY)} days`
}
