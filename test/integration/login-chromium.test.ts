// The whole login as a person does it: the real binary, a real Chromium, a real Secret Service.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { osKeychain } from '../../src/adapters/keyring/os-keychain.ts'
import { emptyHome, printedUrl } from '../support/sluice.ts'
import { missingForChromium, newBrowserPage, signInOnPages } from './support/chromium.ts'
import { missingForSecretService, startSecretService } from './support/secret-service.ts'
import { startSignInGateway } from './support/sign-in-gateway.ts'

const skip = missingForChromium() ?? missingForSecretService() ?? false

t.test('login, whoami and logout in a real browser and keychain', { skip, timeout: 60_000 }, async (t) => {
  await startSecretService(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const bus = process.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
  const home = emptyHome(t, { DBUS_SESSION_BUS_ADDRESS: bus, BROWSER: 'true' })

  const login = home.sluice('login', gateway.url)
  const url = await printedUrl(login)
  const page = await newBrowserPage(t)
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('request', (request) => {
    const { hostname } = new URL(request.url())
    if (hostname !== '127.0.0.1') problems.push(`asked ${hostname}`)
  })

  await signInOnPages(page, url, 'ada@example.dev', gateway.provider.password)
  t.equal(page.url(), `${gateway.url}/signin/done`, 'no code stays in the address')
  t.equal(await login.ended, 0)
  t.match(login.stdout(), /^Signed in {2}as ada@example\.dev at http:\S+, until \S+/)

  const secret = (await osKeychain().get(gateway.url)) ?? ''
  const { accessToken, refreshToken } = JSON.parse(secret) as { accessToken: string; refreshToken: string }
  const state = readFileSync(join(home.folder, 'sluice', 'state.json'), 'utf8')
  t.match(state, /"keychain": "keychain"/)
  for (const token of [accessToken, refreshToken]) {
    t.notOk(`${state}${login.stdout()}${login.stderr()}${login.child.spawnargs.join(' ')}`.includes(token))
  }

  const whoami = home.sluice('whoami')
  t.equal(await whoami.ended, 0)
  t.match(whoami.stdout(), /^ada@example\.dev at http:\S+, until /)
  const verified = home.sluice('whoami', '--verify', '--json')
  t.equal(await verified.ended, 0, verified.stderr())
  t.match(JSON.parse(verified.stdout()), { verified: true, groups: ['engineering'] })

  t.equal(await home.sluice('logout').ended, 0)
  t.equal(await osKeychain().get(gateway.url), undefined, 'the keychain holds nothing any more')
  const after = home.sluice('whoami')
  t.equal(await after.ended, 4)
  t.match(after.stderr(), /not signed in[\s\S]*sluice login/)
  t.same(problems, [], 'the browser had nothing to complain of, and asked nobody else')
})
