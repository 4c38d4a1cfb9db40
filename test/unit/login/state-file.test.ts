// The client's state after someone edited it: told at once, with the file's name, before any of it is used.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stateFile } from '../../../src/adapters/client-state/state-file.ts'
import { emptyHome } from '../../support/sluice.ts'
import { verifierKey } from '../../support/verifier-key.ts'

const URL = 'https://gw.example'
const vkey = verifierKey('gw.example/ledger')
const RECORD = {
  url: URL,
  issuer: `${URL}/oauth`,
  ledger: { origin: 'gw.example/ledger', vkey },
  subject: { id: 'sub_1', name: 'ada@example.dev' },
  signInExpiresAt: '2030-01-01T00:00:00Z',
  keychain: 'file',
  ca: '/etc/ca.pem',
  pin: 'a note',
  ports: { m: 4141 },
  lastPorts: { m: 4142 },
}

const stateWith = (change: object) => ({
  v: 1,
  current: URL,
  gateways: { [URL]: { ...RECORD, ...change } },
})

function load(t: Test, state: unknown): Promise<unknown> {
  const folder = t.testdir({ 'state.json': JSON.stringify(state) })
  return stateFile(folder).load()
}

t.test('a whole state, and one that knows little, are loaded', async (t) => {
  t.same(await load(t, stateWith({ later: 1 })), stateWith({ later: 1 }), 'what a newer sluice added stays')
  const { issuer, ledger } = RECORD
  const little = { v: 1, gateways: { [URL]: { url: URL, issuer, ledger } } }
  t.same(await load(t, little), little)
})

t.test('a damaged one is told, by the field and the file', async (t) => {
  const changed = `${vkey.slice(0, -2)}${vkey.at(-2) === 'A' ? 'B' : 'A'}=`
  const damages: object[] = [
    { pin: 5 },
    { ledger: null },
    { ledger: { origin: 'gw.example/ledger', vkey: 'x' } },
    { ledger: { origin: 'gw.example/ledger', vkey: changed } },
    { ledger: { vkey } },
    { signInExpiresAt: 'zzz' },
    { signInExpiresAt: 5 },
    { ports: { m: 'x' } },
    { ports: { m: 0 } },
    { ports: { m: 65_536 } },
    { ports: [4141] },
    { lastPorts: { m: 0 } },
    { subject: { id: 'sub_1' } },
    { keychain: 'elsewhere' },
    { ca: {} },
    { issuer: 7 },
    { url: 'https://gw.example/path' },
    { url: 'https://other.example' },
  ]
  for (const damage of damages) {
    const [field] = Object.keys(damage)
    await t.rejects(
      load(t, stateWith(damage)),
      {
        code: 'ERR_STORE',
        exit: 74,
        message: new RegExp(`state\\.json can't be used: "${field}" of https://gw\\.example is `),
        nextSteps: [/^Mend it, or move .*state\.json away and sign in anew: sluice login URL$/],
      },
      JSON.stringify(damage),
    )
  }
  for (const state of [null, [], 7, { v: 2 }, { v: 1 }, { v: 1, gateways: { [URL]: null } }]) {
    await t.rejects(load(t, state), { code: 'ERR_STORE' }, JSON.stringify(state))
  }
  await t.rejects(load(t, { ...stateWith({}), current: 5 }), { message: /"current" is not/ })
})

t.test('what could not be loaded again is not written', async (t) => {
  const folder = t.testdir({ 'state.json': JSON.stringify(stateWith({})) })
  const before = readFileSync(join(folder, 'state.json'), 'utf8')
  const damaged = stateWith({ signInExpiresAt: 'zzz' }) as never
  await t.rejects(
    stateFile(folder).update(() => damaged),
    { code: 'ERR_STORE', message: /state\.json can't be: "signInExpiresAt" of/ },
  )
  t.equal(readFileSync(join(folder, 'state.json'), 'utf8'), before)
})

t.test('commands end with 74, and no shell sees what was in it', async (t) => {
  const home = emptyHome(t)
  mkdirSync(join(home.folder, 'sluice'))
  const commands = [['whoami'], ['env', 'm'], ['audit', 'tail'], ['use']]
  const state = stateWith({ ports: { m: "x'; touch pwned; '" }, pin: 5 })
  writeFileSync(join(home.folder, 'sluice', 'state.json'), JSON.stringify(state))
  const runs = commands.map((args) => home.sluice(...args))
  for (const run of runs) {
    t.equal(await run.ended, 74)
    t.equal(run.stdout(), '')
    t.match(run.stderr(), /^Error: The client's state in \S+state\.json can't be used: "pin" of /)
  }
  const whole = stateWith({})
  writeFileSync(join(home.folder, 'sluice', 'state.json'), JSON.stringify(whole))
  const odd = home.sluice('env', 'constructor')
  t.equal(await odd.ended, 6, 'a model by the name of something that every object has')
  t.equal(odd.stdout(), '')
})
