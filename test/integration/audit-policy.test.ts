// Policy and configuration in force: a gateway's start names both by digest, and auditors read what a digest stands for.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { site } from '../support/real-gateway.ts'

// Some ten processes: slow where others keep the machine busy.
t.setTimeout(120_000)

t.test('what was in force is kept beside the ledger', async (t) => {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  const policy = (...args: string[]) => at.home.sluice('audit', 'policy', ...args)
  const running = async (during: () => Promise<void>) => {
    const gateway = await at.start()
    await during()
    gateway.child.kill('SIGTERM')
    await gateway.ended
  }
  await running(async () => {
    await at.signIn()
    const refused = policy('0'.repeat(64))
    t.equal(await refused.ended, 5)
    t.match(refused.stderr(), 'for auditors')
  })
  at.configure('roles: { auditor: [engineering] }\nlimits: { drain: 5s }')
  await running(async () => undefined)

  const starts = (await at.entries()).filter(({ kind }) => kind === 'gateway-started')
  const [before, now] = starts.map((entry) => entry['configuration'] as string) as [string, string]
  t.not(before, now, 'another configuration is another digest')
  t.equal(starts[0]?.['policy'], starts[1]?.['policy'], 'of the same policy')

  const database = new Database(join(at.home.folder, 'store', 'sluice.db'))
  database.prepare(`update record set value = '"{}"' where kind = 'in-force' and key = ?`).run(before)
  database.close()

  await running(async () => {
    const shown = policy(now)
    t.equal(await shown.ended, 0, shown.stderr())
    t.match(JSON.parse(shown.stdout()), {
      roles: { auditor: ['engineering'] },
      identity: { client_secret: '(a secret, not kept)' },
    })
    const told = policy(starts[1]?.['policy'] as string, '--json')
    t.equal(await told.ended, 0)
    t.match(JSON.parse(told.stdout()), { text: [{ rule: 'engineers', groups: ['engineering'] }] })
    const other = policy(before)
    t.equal(await other.ended, 10)
    t.match(other.stderr(), `What the gateway keeps under ${before} is another text.`)
    const none = policy('0'.repeat(64))
    t.equal(await none.ended, 6)
    const odd = policy('latest')
    t.equal(await odd.ended, 2)
  })
})
