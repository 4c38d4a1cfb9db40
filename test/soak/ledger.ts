// npm run soak -- ledger [--rounds 100] [--json]: gateways and databases killed with 64 appends of each in flight.
import { parseArgs } from 'node:util'
import { postgresRounds, sqliteRounds } from './ledger/stores.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, json: { type: 'boolean', default: false } },
})
const rounds = Number(values.rounds)
for (const [name, run] of Object.entries({ SQLite: sqliteRounds, PostgreSQL: postgresRounds })) {
  const done = await run(rounds, (round, wrong) =>
    process.stderr.write(`${name}: round ${round} of ${rounds}, ${wrong} wrong\n`),
  )
  const { acknowledged, entries, wrong } = done
  const line = `${name}: ${rounds} kills, ${acknowledged} acknowledged, ${entries} entries, ${wrong.length} wrong`
  process.stdout.write(
    values.json ? `${JSON.stringify({ name: `soak: ledger, ${name}`, ...done })}\n` : `${line}\n`,
  )
  for (const what of wrong) process.stderr.write(`wrong: ${what}\n`)
  if (wrong.length > 0) process.exitCode = 1
}
