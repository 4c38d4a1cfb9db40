// login, whoami, use and logout as the real binary prints them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { walkSignIn } from '../../src/demo/browserless.ts'
import { emptyHome, type Home, type Run } from '../support/sluice.ts'
import { type SignInGateway, startSignInGateway } from './support/sign-in-gateway.ts'

t.test('a login by a code, and what follows', async (t) => {
  const [gateway, other] = await Promise.all([startSignInGateway(), startSignInGateway()])
  t.teardown(() => Promise.all([gateway.close(), other.close()]))
  const home = emptyHome(t, { SLUICE_KEYCHAIN: 'file' })

  const none = home.sluice('whoami')
  t.equal(await none.ended, 4)
  t.equal(none.stderr(), 'Error: You are not signed in.\n  → sluice login URL\n')

  const where = home.sluice('login')
  t.equal(await where.ended, 2)
  t.equal(
    where.stderr(),
    'Error: Which gateway? None is known yet.\n  → sluice login https://gw.example.com\n',
  )

  const login = await signIn(home, gateway, 'ada')
  t.equal(await login.ended, 0, login.stderr())
  t.match(login.stderr(), /On any device, open\n {2}http:\S+\/oauth\/device\nand type {2}[A-Z]{4}-[A-Z]{4}\n/)
  t.match(login.stderr(), /\n {2}→ sluice models\n$/)
  t.match(login.stderr(), /Tokens are kept in a file that only you can read/)
  t.match(login.stdout(), /^Signed in {2}as ada@example\.dev at http:\S+, until (tomorrow )?\d\d:\d\d\n$/)
  await (
    await signIn(home, other, 'grace')
  ).ended

  const print = async (...args: string[]): Promise<string> => {
    const run = home.sluice(...args)
    t.equal(await run.ended, 0, run.stderr())
    return run.stdout()
  }
  t.match(await print('whoami'), /^grace@example\.dev at /, 'the last login is in use')
  t.match(await print('whoami', '--gateway', gateway.url), /^ada@example\.dev at /)
  t.match(await print('use', gateway.url), `Using  ${gateway.url}\n`)
  t.match(await print('use'), new RegExp(`\\*  ${gateway.url} +ada@example.dev .*\\n +${other.url} +grace`))
  const quick = await print('whoami')
  t.equal(await print('whoami', '--quiet'), quick, 'the quick answer is the answer')
  t.match(JSON.parse(await print('whoami', '--json')), {
    gateway: gateway.url,
    subject: { name: 'ada@example.dev' },
    verified: false,
  })
  t.match(await print('whoami', '--verify'), /\nGroups {2}engineering\n/)

  const secrets = secretsOf(home)
  t.equal(secrets.length, 4)
  const state = readFileSync(join(home.folder, 'sluice', 'state.json'), 'utf8')
  const told = [state, login.stdout(), login.stderr(), ...login.child.spawnargs].join('\n')
  for (const secret of secrets) t.notOk(told.includes(secret), 'no secret in argv, output or state')

  const { vkey } = (JSON.parse(state) as { gateways: { [url: string]: { ledger: { vkey: string } } } })
    .gateways[gateway.url]?.ledger ?? { vkey: '' }
  t.match(vkey, /\+[0-9a-f]{8}\+/)
  t.equal(await print('whoami', '--ledger-key'), `${vkey}\n`)

  t.match(await print('logout'), `Signed out  of ${gateway.url}`)
  const pinned = ['whoami', '--ledger-key', '--gateway', gateway.url]
  t.equal(await print(...pinned), `${vkey}\n`, 'whoever is signed in')
  t.match(JSON.parse(await print(...pinned, '--json')), { gateway: gateway.url, vkey })
  t.equal(secretsOf(home).length, 2)
  t.equal(await print('logout'), `Already signed out  of ${gateway.url}\n`)
  const after = home.sluice('whoami', '--json')
  t.equal(await after.ended, 4)
  t.match(JSON.parse(after.stdout()), { error: { code: 'ERR_NOT_SIGNED_IN', nextSteps: ['sluice login'] } })
})

t.test('SLUICE_GATEWAY names the gateway', async (t) => {
  const home = emptyHome(t, { SLUICE_GATEWAY: 'https://gw.example' })
  for (const args of [['whoami'], ['whoami', '--verify'], ['logout']]) {
    const run = home.sluice(...args)
    t.equal(await run.ended, 4, args.join(' '))
    t.match(run.stderr(), /never signed in at https:\/\/gw\.example[\s\S]*sluice login https:\/\/gw\.example/)
  }
})

async function signIn(home: Home, gateway: SignInGateway, person: string): Promise<Run> {
  const login = home.sluice('login', gateway.url, '--no-browser')
  const url = await new Promise<string>((found) => {
    login.child.stderr?.on('data', () => {
      const complete = /(http:\S+\?user_code=\S+)/.exec(login.stderr())?.[1]
      if (complete !== undefined) found(complete)
    })
  })
  await walkSignIn(url, { person, password: gateway.provider.password })
  return login
}

function secretsOf(home: Home): string[] {
  const folder = join(home.folder, 'sluice', 'secrets')
  return readdirSync(folder).flatMap((name) => {
    const { accessToken, refreshToken } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<
      string,
      string
    >
    return [accessToken ?? '', refreshToken ?? '']
  })
}
