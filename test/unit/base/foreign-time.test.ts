import t from 'tap'
import { aheadOf, localTime } from '../../../src/base/foreign-time.ts'

const DATE = 'Mon, 23 Nov 2026 12:00:00 GMT'
const NOON = Date.parse(DATE)
const HOUR = 3_600_000

t.test('a clock that is off is noticed, a slow reply is not', async (t) => {
  for (const off of [0, 900, -900, 29_000, -29_000]) t.equal(aheadOf(DATE, NOON + off), 0)
  for (const off of [60_000, -60_000, 3 * HOUR, -48 * HOUR]) t.equal(aheadOf(DATE, NOON + off), off)
  for (const date of [null, '', 'noon']) t.equal(aheadOf(date, NOON), 0, 'nothing is known')
})

t.test('a time is as far away here as there', async (t) => {
  const end = '2026-11-23T14:00:00Z'
  for (const off of [0, 3 * HOUR, -48 * HOUR])
    t.equal(localTime(end, DATE, NOON + off) - (NOON + off), 2 * HOUR, `${off / HOUR} h ahead`)
  t.equal(
    localTime(end, null, NOON),
    Date.parse(end),
    'as it was told, where no reply says what time it is there',
  )
  for (const none of ['', 'soon', undefined, 12]) t.ok(Number.isNaN(localTime(none, DATE, NOON)))
})
