import t from 'tap'
import { countTurnedAway } from '../../../src/tunnel/turned-away.ts'

t.test('of many of a kind in a row one is told, and then how many were not', async (t) => {
  let now = 0
  const away = countTurnedAway({ now: () => now })
  t.equal(away.add('ERR_TUNNEL_KEY'), 0)
  for (let i = 0; i < 40; i++) t.equal(away.add('ERR_TUNNEL_KEY'), undefined)
  t.equal(away.add('ERR_ORIGIN_REFUSED'), 0, 'another kind is news')
  now += 10_000
  t.equal(away.add('ERR_TUNNEL_KEY'), 40)
  t.equal(away.add('ERR_TUNNEL_KEY'), undefined)
  now += 10_000
  t.equal(away.add('ERR_ORIGIN_REFUSED'), 0)
  t.equal(away.count, 45)
})
