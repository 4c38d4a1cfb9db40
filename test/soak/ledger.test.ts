// A few rounds of `npm run soak -- ledger`: nothing acknowledged is missing, no gap, no double, whatever is killed.
import t from 'tap'
import { Appender } from './ledger/rounds.ts'
import { postgresRounds, sqliteRounds } from './ledger/stores.ts'

t.setTimeout(170_000)

for (const [name, run] of Object.entries({ SQLite: sqliteRounds, PostgreSQL: postgresRounds })) {
  t.test(`${name}, killed with appends in flight`, async (t) => {
    const { acknowledged, entries, wrong } = await run(4, (round) => t.comment(`round ${round}`))
    t.same(wrong, [])
    t.ok(acknowledged > 0 && entries >= acknowledged, `${acknowledged} of ${entries}`)
  })
}

t.test('an appender goes on whose acknowledgements are read late', async (t) => {
  const appender = new Appender([t.testdir()])
  await appender.reaches(1)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
  await appender.reaches(appender.acknowledged.size + 1_000)
  await appender.kill()
  t.same(appender.wrong, [])
})
