import t from 'tap'
import { duration, until } from '../../../src/cli/times.ts'

t.test('until names the day where it is another', async (t) => {
  const at = new Date(2026, 11, 31, 18, 2).getTime()
  t.equal(until(at, new Date(2026, 11, 31, 9).getTime()), '18:02')
  t.equal(until(at, new Date(2026, 11, 30, 23, 59).getTime()), 'tomorrow 18:02')
  t.equal(until(at, new Date(2026, 11, 29).getTime()), '2026-12-31 18:02')
  t.equal(until(new Date(at).toISOString(), at), '18:02', 'as RFC 3339 too')
  t.equal(until('soon', at), '?')
})

t.test('durations', async (t) => {
  for (const [ms, words] of [
    [0, '0.0 s'],
    [1849, '1.8 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [125_000, '2 min 5 s'],
  ] as const)
    t.equal(duration(ms), words)
})
