// A short soak (npm run soak -- gateway goes on for an hour): the gateway keeps nothing of what it has served.
import t from 'tap'
import { soakGateway } from './gateway/soak.ts'
import { figuresOf, isSound } from './gateway/verdict.ts'

t.setTimeout(180_000)

t.test('everything that callers do, at once and for a while', async (t) => {
  const soaked = await soakGateway({ stretches: 4, stretchSeconds: 4 })
  t.same(soaked.wrong, [], 'every answer was the right one')
  for (const figure of figuresOf(soaked)) {
    const { name, value, bound } = figure
    if (bound === undefined) t.comment(`${name}: ${value}`)
    else t.ok(isSound(figure), `${name}: ${value}, at most ${bound}`)
  }
})
