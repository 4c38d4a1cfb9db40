// The commands over a real keychain: many at once, locked, gone, two gateways; and on a home that can't be written.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { osKeychain } from '../../src/adapters/keyring/os-keychain.ts'
import { exclusivelyAt } from '../../src/assembly/client.ts'
import { signOut } from '../../src/assembly/sign-out.ts'
import { walkSignIn } from '../../src/demo/browserless.ts'
import { readTokens, writeTokens } from '../../src/login/keychain.ts'
import { secretFile } from '../../src/adapters/secret-file/secret-file.ts'
import { emptyHome, type Home, type Run } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { newHome, signInAs } from './support/person.ts'
import { missingForSecretService, startSecretService, type SecretService } from './support/secret-service.ts'
import { type SignInGateway, startSignInGateway } from './support/sign-in-gateway.ts'

t.setTimeout(240_000)
const skip = missingForSecretService() ?? false
// The library keeps to the first bus that this process talks to: one keyring for all.
const service: SecretService | undefined = skip === false ? await startSecretService(t) : undefined

t.test(
  'refreshes, logins and logouts at once: what is kept and what is remembered agree',
  { skip },
  async (t) => {
    const { home, gateway } = await signedIn(t)
    const keychain = osKeychain()
    const set = await readTokens(keychain, gateway.url)
    if (set) await writeTokens(keychain, gateway.url, { ...set, accessTokenExpiresAt: Date.now() - 1 })
    const runs = [
      ...Array.from({ length: 6 }, () => home.sluice('whoami', '--verify')),
      ...Array.from({ length: 2 }, () => home.sluice('logout')),
    ]
    const logins = await Promise.all([signIn(home, gateway, 'grace'), signIn(home, gateway, 'linus')])
    for (const exit of await Promise.all([...runs, ...logins].map(({ ended }) => ended)))
      t.ok([0, 4].includes(exit), `signed in or not, never a fault (${exit})`)

    const state = JSON.parse(readFileSync(join(home.folder, 'sluice', 'state.json'), 'utf8')) as {
      gateways: Record<string, { subject?: { name: string } }>
    }
    const remembered = state.gateways[gateway.url]?.subject?.name
    const verified = home.sluice('whoami', '--verify')
    const exit = await verified.ended
    t.equal((await keychain.get(gateway.url)) !== undefined, remembered !== undefined)
    if (remembered === undefined) t.equal(exit, 4)
    else {
      t.equal(exit, 0, verified.stderr())
      t.match(verified.stdout(), remembered, 'the tokens are those of the person who is remembered')
    }
  },
)

t.test('a logout waits for what another process is about to keep, and then leaves nothing', async (t) => {
  const folder = newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  await signInAs(gateway)
  const secrets = secretFile(join(folder, 'secrets'))
  const set = await readTokens(secrets, gateway.url)
  let signingOut: Promise<unknown> = Promise.resolve()
  await exclusivelyAt(gateway.url, async () => {
    signingOut = signOut({ gateway: gateway.url, forget: false })
    await new Promise((resolve) => setTimeout(resolve, 200))
    t.ok(await secrets.get(gateway.url), 'it waits')
    if (set) await writeTokens(secrets, gateway.url, set)
  })
  await signingOut
  t.equal(await secrets.get(gateway.url), undefined)
})

t.test('two gateways in one keychain', { skip }, async (t) => {
  const { home, gateway } = await signedIn(t)
  const other = await startSignInGateway()
  t.teardown(() => other.close())
  t.equal(await (await signIn(home, other, 'grace')).ended, 0)
  t.equal(await home.sluice('logout', '--gateway', gateway.url).ended, 0)
  const still = home.sluice('whoami', '--verify', '--gateway', other.url)
  t.equal(await still.ended, 0)
  t.match(still.stdout(), 'grace@example.dev')
})

t.test('gone for good: --forget forgets what can be, and says what stays', { skip }, async (t) => {
  const bus = process.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
  const env: Record<string, string> = { DBUS_SESSION_BUS_ADDRESS: bus }
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const home = emptyHome(t, env)
  t.equal(await (await signIn(home, gateway, 'ada')).ended, 0)
  env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent'
  const logout = home.sluice('logout')
  t.equal(await logout.ended, 77)
  t.match(logout.stderr(), /no Secret Service runs here/)
  const forget = home.sluice('logout', '--forget')
  t.equal(await forget.ended, 0)
  t.match(forget.stderr(), /The keychain could not be opened: what it holds of this gateway stays there\./)
  t.equal(await home.sluice('whoami').ended, 4)
})

t.test(
  'an item that is damaged: a login replaces it, a logout removes it and owns up',
  { skip },
  async (t) => {
    const { home, gateway } = await signedIn(t)
    const keychain = osKeychain()
    await keychain.set(gateway.url, '{"v":1,"accessToken":')
    const verify = home.sluice('whoami', '--verify')
    t.equal(await verify.ended, 77)
    t.match(
      verify.stderr(),
      `The sign-in that the keychain holds for ${gateway.url} is damaged.\n  → sluice login ${gateway.url}`,
    )
    const logout = home.sluice('logout')
    t.equal(await logout.ended, 0)
    t.match(logout.stderr(), /The gateway could not be told/)
    t.equal(await keychain.get(gateway.url), undefined)
    await keychain.set(gateway.url, 'nonsense')
    t.equal(await (await signIn(home, gateway, 'ada')).ended, 0)
    t.equal(await home.sluice('whoami', '--verify').ended, 0)
  },
)

t.test(
  'a home that can not be written, is no folder, or is nowhere',
  { skip: process.platform === 'win32' },
  async (t) => {
    const gateway = await startSignInGateway()
    t.teardown(() => gateway.close())
    const env: Record<string, string> = { SLUICE_KEYCHAIN: 'file' }
    const home = emptyHome(t, env)
    writeFileSync(join(home.folder, 'file'), '')
    env['XDG_STATE_HOME'] = join(home.folder, 'file')
    const inTheWay = await signIn(home, gateway, 'ada')
    t.equal(await inTheWay.ended, 74)
    t.match(inTheWay.stderr(), /Error: .*\/file\/sluice\S* can't be (used|written|read).*\n {2}→ /)
    Object.assign(env, { XDG_STATE_HOME: 'not/absolute', HOME: '' })
    const nowhere = home.sluice('whoami')
    t.equal(await nowhere.ended, 74)
    t.match(nowhere.stderr(), /There is no home folder to keep anything in: HOME is empty\.\n {2}→ Set HOME/)
    // Nothing is read-only for root.
    if (process.getuid?.() === 0) return
    mkdirSync((env['XDG_STATE_HOME'] = join(home.folder, 'read-only')), { mode: 0o500 })
    const readOnly = await signIn(home, gateway, 'ada')
    t.equal(await readOnly.ended, 74)
    t.match(readOnly.stderr(), /can't be written \(EACCES\)\.\n {2}→ Look at the permissions/)
    chmodSync(env['XDG_STATE_HOME'], 0o700)
  },
)

// The last one: what is locked stays so.
t.test(
  'locked: each command says so; no file takes its place, at another gateway neither',
  { skip },
  async (t) => {
    const { home, gateway } = await signedIn(t)
    const other = await startSignInGateway()
    t.teardown(() => other.close())
    service?.lock()
    const locked =
      /^Error: The system's keychain could not be (read|written): it is locked.*\n {2}→ Unlock it and try again\.\n {2}→ .*sluice login --allow-file\n$/m
    for (const args of [
      ['whoami', '--verify'],
      ['logout'],
      ['login'],
      ['login', other.url, '--no-browser'],
    ]) {
      const run = home.sluice(...args)
      t.equal(await run.ended, 77, args.join(' '))
      t.match(run.stderr(), locked)
    }
    const json = home.sluice('models', '--json')
    t.equal(await json.ended, 77)
    t.match(JSON.parse(json.stdout()), { error: { code: 'ERR_KEYCHAIN' } })
    t.equal(await home.sluice('whoami').ended, 0, 'what needs no token goes on')

    const asked = await signIn(home, gateway, 'linus', '--allow-file')
    t.equal(await asked.ended, 0, 'with the flag a file is taken')
    t.match(asked.stderr(), /No keychain, as you asked\. Tokens are kept in a file that only you can read/)
    t.equal(await home.sluice('whoami', '--verify').ended, 0)
  },
)

async function signedIn(t: Test): Promise<{ home: Home; gateway: SignInGateway }> {
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const home = emptyHome(t, { DBUS_SESSION_BUS_ADDRESS: process.env['DBUS_SESSION_BUS_ADDRESS'] ?? '' })
  t.equal(await (await signIn(home, gateway, 'ada')).ended, 0)
  return { home, gateway }
}

/** `sluice login` by a code, with the browser's part walked; it may end before it gets so far. */
async function signIn(home: Home, gateway: SignInGateway, person: string, ...flags: string[]): Promise<Run> {
  const login = home.sluice('login', gateway.url, '--no-browser', ...flags)
  let over = false
  void login.ended.then(() => (over = true))
  const url = (): string | undefined => /(http:\S+\?user_code=\S+)\s/.exec(login.stderr())?.[1]
  await until('the terminal shows where to sign in', () => over || url() !== undefined)
  const complete = url()
  if (complete !== undefined) await walkSignIn(complete, { person, password: gateway.provider.password })
  return login
}
