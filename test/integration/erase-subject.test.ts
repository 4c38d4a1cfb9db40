// Erasing whose entries are: at the real gateway, by the real command; what is left are opaque ids, on record and verified.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { site } from '../support/real-gateway.ts'
import { emptyHome } from '../support/sluice.ts'

// Some fifteen processes: slow where others keep the machine busy.
t.setTimeout(180_000)

t.test('a subject is erased', async (t) => {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  at.configure('roles: { auditor: [security], eraser: [security] }')
  const first = await at.start()
  const token = await at.signIn()
  const security = emptyHome(t, { SLUICE_KEYCHAIN: 'file' })
  await at.signInAt(security, 'grace')
  const whoami = async (bearer: string) =>
    fetch(`http://127.0.0.1:${at.port}/api/v1/whoami`, { headers: { authorization: `Bearer ${bearer}` } })
  const { subject: ada } = (await (await whoami(token)).json()) as { subject: { id: string } }
  const tail = async () => {
    const run = security.sluice('audit', 'tail', '--all', '--no-follow')
    t.equal(await run.ended, 0, run.stderr())
    return run.stdout()
  }
  t.match(await tail(), /signed in +ada@example\.dev/)

  const own = at.home.sluice('audit', 'erase-subject', ada.id, '--yes')
  t.equal(await own.ended, 5)
  t.match(own.stderr(), 'needs the role eraser')
  const unasked = security.sluice('audit', 'erase-subject', ada.id)
  t.equal(await unasked.ended, 2)
  t.match(unasked.stderr(), 'add --yes')
  t.equal((await whoami(token)).status, 200, 'nothing has happened yet')

  const erased = security.sluice('audit', 'erase-subject', ada.id, '--yes', '--json')
  t.equal(await erased.ended, 0, erased.stderr())
  const { entry } = JSON.parse(erased.stdout()) as { entry: number }
  t.equal((await whoami(token)).status, 401, 'the sign-in has ended')
  const shown = await tail()
  t.notMatch(shown, 'ada@example.dev')
  t.match(shown, new RegExp(`signed in +${ada.id}`))
  t.match(shown, new RegExp(`#${entry} +erased +whose it is +${ada.id} +by sub_`))
  const again = security.sluice('audit', 'erase-subject', ada.id, '--yes')
  t.equal(await again.ended, 6)
  t.equal(await security.sluice('audit', 'verify', '--all').ended, 0, 'the ledger is as good as before')

  first.child.kill('SIGTERM')
  await first.ended
  const store = join(at.home.folder, 'store')
  for (const name of readdirSync(store))
    t.notOk(readFileSync(join(store, name), 'latin1').includes('ada@example.dev'), name)
  const kinds = (await at.entries()).filter(({ subject }) => subject === ada.id)
  t.match(kinds, [
    { kind: 'signed-in' },
    { kind: 'sign-in-revoked', reason: 'subject-erased' },
    { kind: 'subject-erased' },
  ])

  await at.start()
  const { subject: back } = (await (await whoami(await at.signIn())).json()) as { subject: { id: string } }
  t.not(back.id, ada.id, 'who comes again is somebody else')
})
