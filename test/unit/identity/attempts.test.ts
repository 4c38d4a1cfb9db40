import t from 'tap'
import { countAttempts } from '../../../src/identity/attempts.ts'

t.test('a burst is allowed, then the address waits out its minute', async (t) => {
  let now = 0
  const attempts = countAttempts({ now: () => now }, 3)
  for (let i = 0; i < 3; i++) {
    t.equal(attempts.waitOf('192.0.2.1'), 0)
    attempts.count('192.0.2.1')
  }
  now = 10_000
  t.equal(attempts.waitOf('192.0.2.1'), 50)
  t.equal(attempts.waitOf('192.0.2.2'), 0, 'its neighbour does not')
  now = 60_000
  t.equal(attempts.waitOf('192.0.2.1'), 0)
  attempts.count('192.0.2.1')
  t.equal(attempts.waitOf('192.0.2.1'), 0, 'and the count begins anew')
})

t.test(
  'the addresses of one IPv6 network count as one, and an IPv4 address in either spelling',
  async (t) => {
    const attempts = countAttempts({ now: () => 0 }, 1)
    attempts.count('2001:db8::1')
    t.ok(attempts.waitOf('2001:db8:0:0:ffff::7') > 0)
    t.equal(attempts.waitOf('2001:db8:0:1::1'), 0)
    attempts.count('::ffff:192.0.2.1')
    t.ok(attempts.waitOf('192.0.2.1') > 0)
  },
)

t.test('however many addresses there are, memory is bounded', async (t) => {
  const attempts = countAttempts({ now: () => 0 }, 1)
  attempts.count('192.0.2.1')
  for (let i = 0; i < 4_096; i++) attempts.count(`10.0.${i >> 8}.${i & 255}`)
  t.equal(attempts.waitOf('192.0.2.1'), 0, 'the oldest is forgotten')
  t.ok(attempts.waitOf('10.0.15.255') > 0)
})
