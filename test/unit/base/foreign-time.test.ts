import t from 'tap'
import { aheadOf, localTime, surelyAheadOf } from '../../../src/base/foreign-time.ts'

const DATE = 'Mon, 23 Nov 2026 12:00:00 GMT'
const NOON = Date.parse(DATE)
const HOUR = 3_600_000

t.test('a clock that is off is noticed, a slow reply is not', async (t) => {
  for (const off of [0, 900, -900, 29_000, -29_000]) t.equal(aheadOf(DATE, NOON + off), 0)
  for (const off of [60_000, -60_000, 3 * HOUR, -48 * HOUR]) t.equal(aheadOf(DATE, NOON + off), off)
  for (const date of [null, '', 'noon']) t.equal(aheadOf(date, NOON), 0, 'nothing is known')
})

t.test('how far a clock is ahead at least', async (t) => {
  for (const off of [0, 999, 1000, -5, -3 * HOUR]) t.equal(surelyAheadOf(DATE, NOON + off), 0)
  t.equal(surelyAheadOf(DATE, NOON + 5_000), 4_000, 'a Date header leaves out what is below a second')
  t.equal(surelyAheadOf(DATE, NOON + 3 * HOUR), 600_000, 'not believed beyond that')
  for (const date of [null, '', 'noon']) t.equal(surelyAheadOf(date, NOON), 0, 'nothing is known')
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
