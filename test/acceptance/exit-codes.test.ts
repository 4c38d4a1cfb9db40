// Every exit code of docs/exit-codes.md, from the real binary: the situation, the code that --json names, what to do next.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ErrorCode } from '../../src/base/errors.ts'
import { TEMPLATE } from '../../src/config/template.ts'
import { freePort } from '../support/free-port.ts'
import { PaperLedger } from '../support/paper-ledger.ts'
import { recovered, saidToBeLost } from '../support/recovered.ts'
import { emptyHome, signedInHome, type Home } from '../support/sluice.ts'
import { decision, openTestStore } from '../support/test-store.ts'
import { verifierKey } from '../support/verifier-key.ts'

t.setTimeout(120_000)

interface Situation {
  readonly exit: number
  readonly code: ErrorCode
  readonly when: string
  readonly home: (t: Test) => Promise<Home>
  readonly args: readonly string[]
}

/** A home in which someone is signed in at a gateway that answers everything with this error. */
const answeredWith = (code: ErrorCode, status: number) => async (t: Test) =>
  signedInHome(
    t,
    await gateway(t, status, { error: { code, message: 'So it is.', nextSteps: ['Do that.'] } }),
  )

const SITUATIONS: readonly Situation[] = [
  {
    exit: 2,
    code: 'ERR_USAGE',
    when: 'a flag that there is not',
    home: async (t) => emptyHome(t),
    args: ['whoami', '--veryfy'],
  },
  {
    exit: 3,
    code: 'ERR_CONFIG',
    when: 'a configuration that is missing',
    home: async (t) => emptyHome(t),
    args: ['gateway', 'start'],
  },
  {
    exit: 4,
    code: 'ERR_NOT_SIGNED_IN',
    when: 'nobody is signed in',
    home: async (t) => emptyHome(t),
    args: ['models'],
  },
  {
    exit: 5,
    code: 'ERR_FORBIDDEN',
    when: 'the gateway forbids it',
    home: answeredWith('ERR_FORBIDDEN', 403),
    args: ['models'],
  },
  {
    exit: 6,
    code: 'ERR_MODEL_UNKNOWN',
    when: 'a model that is not served',
    home: answeredWith('ERR_MODEL_UNKNOWN', 404),
    args: ['connect', 'gpt'],
  },
  {
    exit: 10,
    code: 'ERR_LEDGER_INVALID',
    when: 'another ledger than the one pinned',
    home: atAnotherLedger,
    args: ['login'],
  },
  {
    exit: 11,
    code: 'ERR_LEDGER_UNANCHORED',
    when: 'a ledger that nothing from outside bears out',
    home: withLedgerOfAnyone,
    args: ['audit', 'verify', '--dir', '.'],
  },
  {
    exit: 12,
    code: 'ERR_LEDGER_RECOVERED',
    when: 'a ledger that lost entries, and says so',
    home: withRecoveredLedger,
    args: ['audit', 'verify', '--dir', '.', '--vkey', 'vkey', '--checkpoint', 'seen'],
  },
  {
    exit: 69,
    code: 'ERR_GATEWAY_UNREACHABLE',
    when: 'the gateway is down',
    home: atNobody,
    args: ['models'],
  },
  {
    exit: 70,
    code: 'ERR_INTERNAL',
    when: 'a fault of the gateway',
    home: answeredWith('ERR_INTERNAL', 500),
    args: ['models'],
  },
  {
    exit: 71,
    code: 'ERR_CLOCK',
    when: 'a clock that is off',
    home: withEntryOfTheFuture,
    args: ['gateway', 'start'],
  },
  {
    exit: 73,
    code: 'ERR_PORT_IN_USE',
    when: 'a port that is taken',
    home: withPortTaken,
    args: ['gateway', 'start'],
  },
  { exit: 74, code: 'ERR_STORE', when: 'a state that is damaged', home: withDamagedState, args: ['whoami'] },
  {
    exit: 75,
    code: 'ERR_RATE_LIMITED',
    when: 'too much at once',
    home: answeredWith('ERR_RATE_LIMITED', 429),
    args: ['models'],
  },
  {
    exit: 77,
    code: 'ERR_KEYCHAIN',
    when: 'tokens in a keychain that is gone',
    home: withoutKeychain,
    args: ['models'],
  },
]

for (const { exit, code, when, home, args } of SITUATIONS) {
  t.test(`${exit}: ${when}`, async (t) => {
    const at = await home(t)
    // One after the other: two gateways at once would be in each other's way.
    const people = at.sluice(...args)
    t.equal(await people.ended, exit, people.stderr())
    t.match(people.stderr(), /^Error: .+\n( {2}.+\n)*$/m)
    const scripts = at.sluice(...args, '--json')
    t.equal(await scripts.ended, exit)
    const { error } = JSON.parse(scripts.stdout()) as { error: { code: string; nextSteps: string[] } }
    t.equal(error.code, code)
    t.ok(error.nextSteps.length > 0, 'it says what to do next')
  })
}

t.test('the page has no other exit code', async (t) => {
  const page = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8')
  const told = [...page.matchAll(/^\| (\d+) /gm)].map(([, exit]) => Number(exit))
  // 130 is what a shell makes of ^C.
  t.same(
    told.filter((exit) => exit !== 130),
    SITUATIONS.map(({ exit }) => exit),
  )
})

async function gateway(t: Test, status: number, body: object): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function atAnotherLedger(t: Test): Promise<Home> {
  const said = { issuer: '', ledger: { origin: 'other/ledger', vkey: verifierKey('other/ledger') } }
  const url = await gateway(t, 200, said)
  said.issuer = `${url}/oauth`
  return signedInHome(t, url)
}

async function withLedgerOfAnyone(t: Test): Promise<Home> {
  const home = emptyHome(t)
  writeFileSync(join(home.folder, 'checkpoint'), new PaperLedger([]).note())
  return home
}

async function withRecoveredLedger(t: Test): Promise<Home> {
  const home = emptyHome(t)
  const lost = PaperLedger.of(20)
  const [, , root] = lost.note().split('\n')
  const said = saidToBeLost({ lost: { root, size: 20 } })
  const { note, receipt } = recovered(lost.signer, lost.texts.slice(0, 12), said)
  const files = {
    checkpoint: note,
    recoveries: JSON.stringify([receipt]),
    vkey: lost.signer.vkey,
    seen: lost.note(),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home.folder, name), text)
  return home
}

async function atNobody(t: Test): Promise<Home> {
  return signedInHome(t, `http://127.0.0.1:${await freePort()}`)
}

async function configured(t: Test): Promise<{ home: Home; port: number }> {
  const home = emptyHome(t, { OIDC_CLIENT_SECRET: 'x' })
  const port = await freePort()
  const issuer = await gateway(t, 404, {})
  const text = TEMPLATE.replace(/127\.0\.0\.1:8080/, `127.0.0.1:${port}`).replace(
    'https://idp.example.com',
    issuer,
  )
  writeFileSync(join(home.folder, 'sluice.yaml'), text)
  return { home, port }
}

async function withEntryOfTheFuture(t: Test): Promise<Home> {
  const { home, port } = await configured(t)
  const folder = join(home.folder, '.sluice')
  const store = await openTestStore({ folder, origin: `127.0.0.1:${port}/ledger` })
  await store.log.append([decision({ effect: 'deny', time: '2090-01-01T00:00:00.000Z' })])
  await store.close()
  return home
}

async function withPortTaken(t: Test): Promise<Home> {
  const { home, port } = await configured(t)
  const other = createServer().listen(port, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  t.teardown(() => other.close())
  return home
}

async function withDamagedState(t: Test): Promise<Home> {
  const home = emptyHome(t)
  mkdirSync(join(home.folder, 'sluice'))
  writeFileSync(join(home.folder, 'sluice', 'state.json'), '{"v":1,')
  return home
}

async function withoutKeychain(t: Test): Promise<Home> {
  const home = await signedInHome(t, await gateway(t, 404, {}), {
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
  })
  const path = join(home.folder, 'sluice', 'state.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"keychain": "file"', '"keychain": "keychain"'))
  return home
}
