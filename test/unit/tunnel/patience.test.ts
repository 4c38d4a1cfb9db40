import t from 'tap'
import { patience } from '../../../src/tunnel/patience.ts'

t.test('pauses grow, up to a bound, and end', async (t) => {
  let now = 0
  const wait = patience({ now: () => now }).begin()
  const pauses: number[] = []
  for (let pause = wait.next(); pause !== undefined; pause = wait.next()) {
    pauses.push(pause)
    now += pause
  }
  t.ok(pauses.length >= 8 && pauses.length <= 16, `${pauses.length} pauses`)
  t.ok((pauses[0] ?? 0) < 150)
  t.ok(Math.max(...pauses) <= 2_500)
  t.ok(now <= 15_000 && now > 11_000, `${now} ms in all`)
})

t.test('what was waited for in vain is not waited for again at once, unless it came back', async (t) => {
  let now = 0
  const waits = patience({ now: () => now })
  const inVain = () => {
    const wait = waits.begin()
    now += 15_000
    t.ok(wait.isOver)
    t.equal(wait.next(), undefined)
  }
  inVain()
  t.equal(waits.begin().next(), undefined)
  t.ok(waits.begin().isOver)
  now += 10_000
  t.ok(waits.begin().next())
  inVain()
  waits.begin().met()
  t.ok(waits.begin().next())
})
