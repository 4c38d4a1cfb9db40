// However many ask, there is one run at a time, and one more for those who asked meanwhile.
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { coalesced } from '../../../src/adapters/sql/postgres/coalesced.ts'

t.test('a thousand who ask at once have two runs', async (t) => {
  let runs = 0
  let end = (): void => {}
  const ask = coalesced(() => new Promise((resolve) => (runs++, (end = resolve))))
  for (let n = 0; n < 1000; n++) ask()
  t.equal(runs, 1)
  end()
  await turn()
  t.equal(runs, 2)
  end()
  await turn()
  t.equal(runs, 2, 'nobody asked since')
  ask()
  t.equal(runs, 3)
})

t.test('a run that fails does not end them', async (t) => {
  let runs = 0
  const ask = coalesced(() => Promise.reject(new Error(`of run ${++runs}`)))
  ask()
  ask()
  await turn()
  t.equal(runs, 2)
  ask()
  t.equal(runs, 3)
})
