// A few rounds of `npm run soak -- ledger`: nothing acknowledged is missing, no gap, no double, whatever is killed.
import t from 'tap'
import { postgresRounds, sqliteRounds } from './ledger/stores.ts'

t.setTimeout(170_000)

for (const [name, run] of Object.entries({ SQLite: sqliteRounds, PostgreSQL: postgresRounds })) {
  t.test(`${name}, killed with appends in flight`, async (t) => {
    const { acknowledged, entries, wrong } = await run(4, (round) => t.comment(`round ${round}`))
    t.same(wrong, [])
    t.ok(acknowledged > 0 && entries >= acknowledged, `${acknowledged} of ${entries}`)
  })
}
