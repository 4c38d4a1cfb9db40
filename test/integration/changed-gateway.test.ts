// A gateway at a known address that has changed, or lies: what it says is checked before anything of it is stored.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { clientState } from '../../src/assembly/client-state.ts'
import { verifierKey } from '../support/verifier-key.ts'
import { newHome, signInAs } from './support/person.ts'
import { type SignInGateway, startSignInGateway } from './support/sign-in-gateway.ts'

t.test('who signed in, and until when', async (t) => {
  const until = (ms: number): string => new Date(Date.now() + ms).toISOString()
  const lies: Record<string, object> = {
    'no end': { signInExpiresAt: undefined },
    'an end that is no time': { signInExpiresAt: 'tomorrow' },
    'an end in another type': { signInExpiresAt: 4_102_444_800_000 },
    'an end that has passed': { signInExpiresAt: until(-1_000) },
    'an end in another century': { signInExpiresAt: until(1e13) },
    nobody: { subject: null },
    'a subject without id': { subject: { name: 'ada' } },
    'a name that is none': { subject: { id: 'sub_1', name: { toString: 'x' } } },
  }
  for (const [what, lie] of Object.entries(lies)) {
    await t.test(what, async (t) => {
      const { folder, gateway } = await setUp(t, '/api/v1/whoami', (said) => ({ ...said, ...lie }))
      await t.rejects(signInAs(gateway), { code: 'ERR_GATEWAY_UNREACHABLE', message: /nothing was stored/ })
      t.notOk(existsSync(join(folder, 'secrets')), 'no token was stored')
      t.same((await clientState().load()).gateways, {}, 'and nothing remembered')
      t.match(
        gateway.events,
        [/^signed-in /, /^signed-out /],
        'the gateway is told that nobody has the tokens',
      )
    })
  }
})

t.test('the key of its ledger', async (t) => {
  for (const ledger of [
    { vkey: 'no key' },
    { vkey: verifierKey('127.0.0.1/ledger').slice(0, -4) },
    { vkey: verifierKey('another/ledger') },
    { origin: 'another/ledger' },
  ]) {
    await t.test(JSON.stringify(ledger), async (t) => {
      const change = (said: { ledger?: object }): object => ({
        ...said,
        ledger: { ...said.ledger, ...ledger },
      })
      const { folder, gateway } = await setUp(t, '/.well-known/sluice', change)
      await t.rejects(signInAs(gateway), { code: 'ERR_LEDGER_INVALID', message: /key of its ledger/ })
      t.notOk(existsSync(join(folder, 'secrets')))
      t.same(gateway.events, [], 'nobody was sent to sign in')
    })
  }
})

/** A home, and a gateway of which the answer at one path is changed. */
async function setUp(
  t: Test,
  path: string,
  change: (said: object) => object,
): Promise<{ folder: string; gateway: SignInGateway }> {
  const folder = newHome(t)
  const gateway = await startSignInGateway({ lie: (at, said) => (at === path ? change(said) : said) })
  t.teardown(() => gateway.close())
  return { folder, gateway }
}
