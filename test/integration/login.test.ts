// Signing in and out, as a person sees it: the real pages of the gateway and of a real identity provider, over HTTP.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openClient } from '../../src/assembly/client.ts'
import { clientState } from '../../src/assembly/client-state.ts'
import { signIn } from '../../src/assembly/sign-in.ts'
import { signOut } from '../../src/assembly/sign-out.ts'
import { rememberedSignIn } from '../../src/assembly/whoami.ts'
import type { Page } from '../../src/demo/browserless.ts'
import { verifierKey } from '../support/verifier-key.ts'
import { newHome, signInAs } from './support/person.ts'
import { startSignInGateway } from './support/sign-in-gateway.ts'

t.test('a login by the browser: pages, tokens, who am I', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const pages: Page[] = []
  await signInAs(gateway, { onPage: (page) => pages.push(page) })

  const consent = pages.find(({ html }) => html.includes('Allow this machine?'))
  t.match(consent?.html, /ada@example\.dev/, 'the page names the person')
  t.match(consent?.html, /127\.0\.0\.1/, 'and the address')
  t.match(pages.at(-1)?.html, /You can close this window and go back to the terminal/)
  t.equal(new URL(pages.at(-1)?.url ?? '').origin, gateway.url, 'the last page shows no code')

  const { subject, signInExpiresAt } = await rememberedSignIn(undefined)
  t.equal(subject.name, 'ada@example.dev')
  const hours = (Date.parse(signInExpiresAt) - Date.now()) / 3_600_000
  t.ok(hours > 11.9 && hours <= 12, 'a sign-in lasts for 12 hours')
  const client = await openClient()
  const who = (await (await client.fetch('/api/v1/whoami')).json()) as object
  t.match(who, { subject: { name: 'ada@example.dev', id: /^sub_/ }, groups: ['engineering'], roles: [] })
  t.same(
    gateway.events.map((event) => event.split(' ')[0]),
    ['signed-in'],
  )
  t.same(gateway.faults, [])
})

t.test('a login by a code, where there is no browser', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const pages: Page[] = []
  const record = await signInAs(gateway, {
    person: 'grace',
    browser: false,
    onPage: (page) => pages.push(page),
    onStep: (step) => step.step === 'device' && t.match(step.code, /^[A-Z]{4}-[A-Z]{4}$/),
  })
  t.equal(record.subject?.name, 'grace@example.dev')
  t.ok(
    pages.some(({ html }) => /<dt>Code<\/dt><dd>[A-Z]{4}-[A-Z]{4}</.test(html)),
    'the click names the code',
  )
  t.match(pages.at(-1)?.html, /You can close this window/)
  t.notOk(
    pages.some(({ html }) => html.includes('<script')),
    'no page has a script',
  )
  const who = (await (await (await openClient()).fetch('/api/v1/whoami')).json()) as object
  t.match(who, { roles: ['auditor'] }, 'a configured group makes an auditor')
})

t.test('a denied login', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  let last: Page | undefined
  const how = { answer: 'deny', onPage: (page: Page) => (last = page) } as const
  await t.rejects(signInAs(gateway, how), { code: 'ERR_SIGN_IN_REFUSED', message: /denied in the browser/ })
  t.match(last?.html, /Nothing was allowed/)
  await t.rejects(rememberedSignIn(undefined), { code: 'ERR_NOT_SIGNED_IN' })
  await t.rejects(signInAs(gateway, { answer: 'deny', browser: false }), { code: 'ERR_SIGN_IN_REFUSED' })
  t.same(gateway.events, [], 'nothing was begun')
})

t.test('a wrong password at the identity provider', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  await t.rejects(signInAs(gateway, { password: 'wrong' }), {
    code: 'ERR_SIGN_IN_REFUSED',
    message: /password/,
  })
})

t.test('logout revokes at the gateway, then forgets', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  await signInAs(gateway)
  const client = await openClient()
  const token = await client.accessToken()
  const signedOut = await signOut({ forget: false })
  t.match(signedOut, { gateway: gateway.url, revoked: true })
  await t.rejects(gateway.identity.authenticator.authenticate(token), { code: 'ERR_TOKEN_INVALID' })
  await t.rejects(rememberedSignIn(undefined), { code: 'ERR_NOT_SIGNED_IN' })
  await t.rejects((await openClient()).accessToken(), {
    code: 'ERR_NOT_SIGNED_IN',
    nextSteps: ['sluice login'],
  })
  t.same(
    gateway.events.map((event) => event.split(' ')[0]),
    ['signed-in', 'signed-out'],
  )
  t.ok((await clientState().load()).gateways[gateway.url]?.ledger, 'the pinned key of the ledger stays')
  await signOut({ forget: true })
  t.same(await clientState().load(), { v: 1, gateways: {} }, 'until it is asked to go too')
})

t.test('logout forgets even when the gateway can not be told', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  await signInAs(gateway)
  await gateway.close()
  t.match(await signOut({ forget: false }), { revoked: false })
  await t.rejects((await openClient()).accessToken(), { code: 'ERR_NOT_SIGNED_IN' })
})

t.test('several gateways side by side', async (t) => {
  newHome(t)
  const [one, two] = await Promise.all([startSignInGateway(), startSignInGateway()])
  t.teardown(() => Promise.all([one.close(), two.close()]))
  await signInAs(one)
  await signInAs(two, { person: 'linus' })
  t.equal((await rememberedSignIn(undefined)).subject.name, 'linus@example.dev', 'the last login is in use')
  t.equal((await rememberedSignIn(one.url)).subject.name, 'ada@example.dev')
  t.equal((await rememberedSignIn(one.url.replace('http://', ''))).subject.name, 'ada@example.dev')
  await t.rejects(rememberedSignIn('https://gw.example'), { code: 'ERR_NOT_SIGNED_IN' })
  const [first, second] = await Promise.all([
    openClient({ gateway: one.url }),
    openClient({ gateway: two.url }),
  ])
  t.not(await first.accessToken(), await second.accessToken())
  await t.rejects(
    two.identity.authenticator.authenticate(await first.accessToken()),
    { code: 'ERR_TOKEN_INVALID' },
    'one gateway knows nothing of the tokens of the other',
  )
})

t.test('another ledger key at the same address is refused', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const record = await signInAs(gateway)
  await clientState().update((state) => ({
    ...state,
    gateways: { [gateway.url]: { ...record, ledger: { ...record.ledger, vkey: verifierKey('another') } } },
  }))
  await t.rejects(signInAs(gateway), { code: 'ERR_LEDGER_INVALID' })
})

t.test('addresses that no login is made at', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const at = (url: string): Promise<unknown> =>
    signIn({ gateway: url, browser: true, allowFile: true, timeoutMs: 1_000, tell: () => undefined })
  await t.rejects(at('http://gw.example'), { code: 'ERR_USAGE', nextSteps: ['Use https://gw.example.'] })
  await t.rejects(at(gateway.url.replace('127.0.0.1', 'localhost')), {
    code: 'ERR_GATEWAY_UNREACHABLE',
    nextSteps: [`sluice login ${gateway.url}`],
  })
  await t.rejects(at(gateway.provider.issuer), { message: /is not a sluice gateway/ })
  await gateway.close()
  await t.rejects(at(gateway.url), { code: 'ERR_GATEWAY_UNREACHABLE', message: /nothing listens there/ })
})

t.test('a login that nobody finishes ends with a clear word', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const options = { gateway: gateway.url, allowFile: true, timeoutMs: 300, tell: () => undefined }
  const nobody = async (): Promise<void> => undefined
  await t.rejects(signIn({ ...options, browser: true, open: nobody }), { code: 'ERR_SIGN_IN_EXPIRED' })
  await t.rejects(signIn({ ...options, browser: false }), { code: 'ERR_SIGN_IN_EXPIRED', message: /in time/ })
})

t.test('only the answer that belongs to the login is taken', async (t) => {
  newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const statuses: number[] = []
  const done = signIn({
    gateway: gateway.url,
    browser: true,
    allowFile: true,
    timeoutMs: 600,
    tell: () => undefined,
    async open(url) {
      const redirect = new URL(url).searchParams.get('redirect_uri') ?? ''
      const state = new URL(url).searchParams.get('state') ?? ''
      const tampered = `${state.slice(0, -1)}${state.endsWith('A') ? 'B' : 'A'}`
      for (const query of ['code=x', `code=x&state=${tampered}`]) {
        statuses.push((await fetch(`${redirect}?${query}`)).status)
      }
      statuses.push((await fetch(redirect.replace('/callback', `/other?state=${state}`))).status)
    },
  })
  await t.rejects(done, { code: 'ERR_SIGN_IN_EXPIRED' })
  t.same(statuses, [400, 400, 400])
})

t.test('no secret is in the state, in others’ reach, or in the store of the gateway', async (t) => {
  const folder = newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  const codes: string[] = []
  await signInAs(gateway, {
    onPage: ({ url }) =>
      codes.push(...['code', 'state'].map((key) => new URL(url).searchParams.get(key) ?? '')),
  })
  const [file = ''] = readdirSync(join(folder, 'secrets'))
  const path = join(folder, 'secrets', file)
  t.equal(statSync(path).mode & 0o777, 0o600)
  const { accessToken, refreshToken } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
  const state = readFileSync(join(folder, 'state.json'), 'utf8')
  for (const secret of [accessToken, refreshToken, ...codes.filter((code) => code.length > 20)]) {
    t.notOk(state.includes(secret ?? 'none'), 'not in the client’s state')
    t.notOk(gateway.records.dump().includes(secret ?? 'none'), 'not in the gateway’s store')
  }
})

t.test('a damaged state is told, not overwritten', async (t) => {
  const folder = newHome(t)
  await clientState().update((state) => state)
  for (const text of [
    '{"v":1',
    '{"v":2,"gateways":{}}',
    '{"v":1,"gateways":{"https://a":{"url":"https://b"}}}',
  ]) {
    writeFileSync(join(folder, 'state.json'), text)
    await t.rejects(rememberedSignIn(undefined), { code: 'ERR_STORE', message: /state\.json/ })
    await t.rejects(
      clientState().update((state) => state),
      { code: 'ERR_STORE' },
    )
    t.equal(readFileSync(join(folder, 'state.json'), 'utf8'), text)
  }
})
