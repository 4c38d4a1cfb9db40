// What the gateway's authorization server refuses: replays, forged answers, frames, other browsers.
import t from 'tap'
import { createIdentity } from '../../src/assembly/identity.ts'
import { systemClock } from '../../src/base/clock.ts'
import { type Page, walkSignIn } from '../../src/demo/browserless.ts'
import { startDevelopmentIdentityProvider } from '../../src/demo/identity-provider/provider.ts'
import { listenOnLoopback } from '../../src/login/loopback.ts'
import { memoryRecords } from './support/memory-records.ts'
import type { SignInGateway } from './support/sign-in-gateway.ts'
import { setUpSignIn, signedIn } from './support/signed-in.ts'

t.test('a refresh token that is used twice ends the sign-in', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const first = await signedIn(gateway, server)
  const second = await server.refresh(first.refreshToken)
  t.not(second.refreshToken, first.refreshToken, 'it rotates')
  const caller = await gateway.identity.authenticator.authenticate(second.accessToken)
  const cut: string[] = []
  gateway.identity.authenticator.onRevoked((signIn) => cut.push(signIn))
  await t.rejects(server.refresh(first.refreshToken), { code: 'ERR_SIGN_IN_EXPIRED' })
  await t.rejects(
    server.refresh(second.refreshToken),
    { code: 'ERR_SIGN_IN_EXPIRED' },
    'the thief or the owner',
  )
  await t.rejects(gateway.identity.authenticator.authenticate(second.accessToken), {
    code: 'ERR_TOKEN_INVALID',
  })
  t.ok(cut.includes(caller.signIn), 'streams in flight are told')
  t.same(gateway.events, [`signed-in ${caller.signIn}`, `sign-in-revoked ${caller.signIn}`])
})

t.test('two refreshes at the same moment have one successor', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const { refreshToken } = await signedIn(gateway, server)
  const both = await Promise.all([server.refresh(refreshToken), server.refresh(refreshToken)])
  t.equal(new Set(both.map((issued) => issued.refreshToken)).size, 1)
  for (const { accessToken } of both) await gateway.identity.authenticator.authenticate(accessToken)
  await t.rejects(server.refresh(refreshToken), { code: 'ERR_SIGN_IN_EXPIRED' }, 'once they are in use')
})

t.test('revoking ends every session of the sign-in', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const { sessions, authenticator } = gateway.identity
  const tokens = await signedIn(gateway, server)
  const session = await sessions.open(await authenticator.authenticate(tokens.accessToken), 'qwen-coder')
  const caller = await authenticator.authenticate(session.token)
  t.match(caller, { scope: 'inference', models: ['qwen-coder'], session: session.id })
  await t.rejects(sessions.open(caller, 'another'), { code: 'ERR_FORBIDDEN' }, 'a session opens no session')
  await server.revoke(tokens.refreshToken)
  await t.rejects(authenticator.authenticate(session.token), { code: 'ERR_TOKEN_INVALID' })
})

t.test('a sign-in ends in its time, whatever is refreshed', async (t) => {
  const { gateway, server } = await setUpSignIn(t, { lifetimes: { signIn: 2, accessToken: 60 } })
  const tokens = await signedIn(gateway, server)
  t.ok(tokens.accessTokenExpiresAt <= Date.now() + 2_000, 'no token outlives it')
  await new Promise((done) => setTimeout(done, 2_100))
  await t.rejects(server.refresh(tokens.refreshToken), { code: 'ERR_SIGN_IN_EXPIRED' })
  await t.rejects(gateway.identity.authenticator.authenticate(tokens.accessToken), {
    code: 'ERR_TOKEN_INVALID',
  })
})

t.test('an authorization without PKCE, by another client, or to elsewhere is refused', async (t) => {
  const { gateway } = await setUpSignIn(t)
  const ask = async (change: Record<string, string | undefined>): Promise<Response> => {
    const parameters = {
      client_id: 'sluice-cli',
      response_type: 'code',
      scope: 'cli',
      redirect_uri: 'http://127.0.0.1:4000/callback',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
      ...change,
    }
    const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined)
    return fetch(`${gateway.url}/oauth/authorize?${new URLSearchParams(given)}`, { redirect: 'manual' })
  }
  t.match((await ask({})).headers.get('location'), /^\/signin\//, 'the right one goes to the sign-in pages')
  t.match((await ask({ code_challenge: undefined })).headers.get('location'), /error=invalid_request/)
  t.match((await ask({ code_challenge_method: 'plain' })).headers.get('location'), /error=invalid_request/)
  for (const redirect of [
    'http://127.0.0.1:4000/other',
    'https://evil.example/callback',
    'http://evil.example/callback',
  ]) {
    const refused = await ask({ redirect_uri: redirect })
    t.equal(refused.status, 400, redirect)
    t.equal(refused.headers.get('location'), null)
  }
  t.equal((await ask({ client_id: 'another' })).status, 400)
})

t.test('the click can be neither forged nor framed', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const loopback = await listenOnLoopback()
  t.teardown(() => loopback.close())
  const authorization = await server.authorize(loopback.redirectUri, '"><script>alert(1)</script>\u202e')
  const consent = await pageOf(gateway, authorization.url, 'Allow this machine?')
  t.match(consent.headers.get('content-security-policy'), /frame-ancestors 'none'/)
  t.match(consent.headers.get('content-security-policy'), /default-src 'none'/)
  t.equal(consent.headers.get('x-frame-options'), 'DENY')
  t.equal(consent.headers.get('cache-control'), 'no-store')
  t.notMatch(consent.html, /<script|\u202e/, 'the name of the machine is text')
  t.match(consent.html, /&lt;script&gt;/)

  const post = async (
    form: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(consent.url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual', headers })
  const csrf = /name="csrf" value="([^"]+)"/.exec(consent.html)?.[1] ?? ''
  const cookie = consent.cookie
  t.equal((await post({ csrf, answer: 'allow' })).status, 400, 'not from a browser without the cookie')
  t.equal((await post({ answer: 'allow' }, { cookie })).status, 400, 'not without the token of the form')
  t.equal((await post({ csrf: `${csrf.slice(1)}x`, answer: 'allow' }, { cookie })).status, 400)
  const origin = 'https://evil.example'
  t.equal((await post({ csrf, answer: 'allow' }, { cookie, origin })).status, 400, 'not from another site')
  t.same(gateway.events, [], 'nothing was granted')
  t.equal((await post({ csrf, answer: 'allow' }, { cookie, origin: gateway.url })).status, 303)
  t.equal(
    (await post({ csrf, answer: 'allow' }, { cookie, origin: gateway.url })).status,
    400,
    'and not twice',
  )
  t.equal(gateway.events.length, 1)
})

t.test('a browser that has just signed in is asked again', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const loopback = await listenOnLoopback()
  t.teardown(() => loopback.close())
  const cookies: string[] = []
  const authorization = await server.authorize(loopback.redirectUri, 'laptop')
  void loopback
    .answer(authorization.state, AbortSignal.timeout(5_000))
    .then(({ sendTo }) => sendTo(gateway.url))
  await walkSignIn(authorization.url, {
    person: 'ada',
    password: gateway.provider.password,
    onPage: ({ headers }) => cookies.push(...headers.getSetCookie().map((line) => line.split(';')[0] ?? '')),
  })
  t.equal(gateway.events.length, 1)
  const { url } = await server.authorize(loopback.redirectUri, 'another machine')
  const again = await fetch(url, { redirect: 'manual', headers: { cookie: cookies.join('; ') } })
  t.match(again.headers.get('location'), /^\/signin\//, 'nothing is granted on a cookie')
})

t.test('a browser whose clock is off keeps its cookies: they last by duration', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const { url } = await server.authorize('http://127.0.0.1:4000/callback', 'laptop')
  const visited: Page[] = []
  await pageOf(gateway, url, 'Allow this machine?', visited)
  const own = visited.filter((page) => page.url.startsWith(gateway.url))
  const ending = own.flatMap(({ headers }) => headers.getSetCookie()).filter((line) => /expires=/i.test(line))
  t.ok(ending.length > 2)
  for (const line of ending) {
    const seconds = Number(/; max-age=(\d+)$/.exec(line)?.[1])
    t.ok(/expires=Thu, 01 Jan 1970/.test(line) ? seconds === 0 : seconds > 590 && seconds <= 600, line)
  }
})

t.test('coming back from the provider counts only in the browser that went there, once', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const authorization = await server.authorize('http://127.0.0.1:4000/callback', 'laptop')
  const visited: Page[] = []
  await pageOf(gateway, authorization.url, 'Allow this machine?', visited)
  const callback = visited.find(({ url }) => url.includes('/signin/callback'))?.url ?? ''
  t.equal((await fetch(callback, { redirect: 'manual' })).status, 400)
  t.equal((await fetch(callback.replace(/state=./, 'state=~'), { redirect: 'manual' })).status, 400)
  t.same(gateway.faults, [])
})

t.test('a beginning that can not be put on record does not begin', async (t) => {
  const { gateway, server } = await setUpSignIn(t, {
    onEvent: () => Promise.reject(new Error('the ledger is full')),
  })
  await t.rejects(signedIn(gateway, server))
  t.notMatch(gateway.records.dump(), /^(Grant|AccessToken|sign-in) /m)
})

t.test('an identity provider that is down is told as that, and is found once it is up', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  await gateway.provider.close()
  const { url } = await server.authorize('http://127.0.0.1:4000/callback', 'laptop')
  const page = await walkSignIn(url, { person: 'ada', password: '' })
  t.equal(page.status, 502)
  t.match(page.html, /identity provider .* can’t be reached\. Try again in a moment, or tell whoever runs/)
  t.match(gateway.notSignedIn, [/^The identity provider \S+ can’t be reached\.$/], 'and the operator is told')
})

t.test(
  'failed authentications from one address are slowed down; a good token that is known is not',
  async (t) => {
    const counted: string[] = []
    const { gateway, server } = await setUpSignIn(t, {
      burst: 3,
      onFailedAuthentication: (why) => counted.push(why),
    })
    const { accessToken } = await signedIn(gateway, server)
    const ask = async (token: string): Promise<number> =>
      (await fetch(`${gateway.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })).status
    t.equal(await ask(accessToken), 200)
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push(await ask('x'.repeat(43)))
    t.same(statuses, [401, 401, 401, 429, 429])
    t.same(counted, ['invalid', 'invalid', 'invalid', 'limited', 'limited'])
    t.equal(await ask(accessToken), 200)
  },
)

t.test('codes are not to be guessed', async (t) => {
  const { gateway } = await setUpSignIn(t)
  const visit = (): Promise<Response> => fetch(`${gateway.url}/oauth/device`, { method: 'HEAD' })
  let statuses: number[] = []
  for (let i = 0; i < 31; i++) {
    statuses = (await Promise.all(Array.from({ length: 20 }, visit))).map(({ status }) => status)
  }
  t.same(new Set(statuses), new Set([429]))
  t.equal(
    (await fetch(`${gateway.url}/oauth/token`, { method: 'POST' })).status,
    400,
    'refreshes are not held up',
  )
})

t.test('what nobody has signed in for is stored a few times a minute', async (t) => {
  const { gateway } = await setUpSignIn(t)
  const statuses: number[] = []
  for (let i = 0; i < 22; i++) {
    const path = i % 2 ? 'device/authorize' : 'DEVICE/authorize'
    statuses.push((await form(`${gateway.url}/oauth/${path}`, { scope: 'cli' })).status)
  }
  t.equal(statuses.filter((status) => status !== 429).length, 20)
  t.same(statuses.slice(20), [429, 429])
})

t.test(
  'refresh tokens are not to be guessed; a device that waits for its person counts for nothing',
  async (t) => {
    const { gateway } = await setUpSignIn(t, { burst: 3 })
    const device = await (await form(`${gateway.url}/oauth/device/authorize`, { scope: 'cli' })).json()
    const { device_code } = device as { device_code: string }
    const poll = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code }
    const guess = { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }
    for (let i = 0; i < 5; i++) {
      const reply = await form(`${gateway.url}/oauth/token`, poll)
      t.match([reply.status, await reply.json()], [400, { error: 'authorization_pending' }])
    }
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await form(`${gateway.url}/oauth/token`, guess)).status)
    t.same(statuses, [400, 400, 400, 429])
    const slowed = await form(`${gateway.url}/oauth/token`, poll)
    t.match([slowed.status, await slowed.json()], [429, { error: 'slow_down' }])
    t.match(slowed.headers.get('retry-after'), /^\d+$/)
  },
)

t.test('a form that no page began is refused by a page, and is no fault', async (t) => {
  const { gateway } = await setUpSignIn(t)
  for (const user_code of ['A', 'BCDF-GHJK', '\u0000', '']) {
    const reply = await form(`${gateway.url}/oauth/device`, { user_code })
    t.equal(reply.status, 400)
    t.match(await reply.text(), /can’t go on[\s\S]*Run sluice login again/)
  }
  const raw = await fetch(`${gateway.url}/oauth/device`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'user_code=%ff',
  })
  t.equal(raw.status, 400)
  for (const path of ['device?user_code=%ff', 'device/%ff', 'device/unknown', '%ff']) {
    for (const method of ['GET', 'HEAD'])
      t.ok((await fetch(`${gateway.url}/oauth/${path}`, { method })).status < 500, `${method} ${path}`)
  }
  t.same(gateway.faults, [])
})

t.test('the metadata is where RFC 8414 puts it', async (t) => {
  const { gateway } = await setUpSignIn(t)
  for (const path of [
    '/.well-known/oauth-authorization-server/oauth',
    '/.well-known/oauth-authorization-server',
  ]) {
    const metadata = (await (await fetch(`${gateway.url}${path}`)).json()) as object
    t.match(metadata, {
      issuer: `${gateway.url}/oauth`,
      token_endpoint: `${gateway.url}/oauth/token`,
      revocation_endpoint: `${gateway.url}/oauth/revoke`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
    })
  }
})

t.test('what a request claims of itself changes no URL', async (t) => {
  const { gateway } = await setUpSignIn(t, { development: false })
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', host: 'evil.example' }
  const body = new URLSearchParams({ client_id: 'sluice-cli', scope: 'cli' })
  const response = await fetch(`${gateway.url}/oauth/device/authorize`, { method: 'POST', body, headers })
  t.match(await response.json(), { verification_uri: `${gateway.url}/oauth/device` })
})

t.test('the development provider serves this machine alone', async (t) => {
  const { gateway } = await setUpSignIn(t)
  for (const header of ['x-forwarded-for', 'x-forwarded-host', 'forwarded']) {
    const headers = { [header]: 'for=10.0.0.1' }
    t.equal((await fetch(`${gateway.url}/oauth/device`, { headers })).status, 403, `${header} at the gateway`)
    const issuer = `${gateway.provider.issuer}/.well-known/openid-configuration`
    t.equal((await fetch(issuer, { headers })).status, 403, `${header} at the provider`)
  }
  const client = { port: 0, clientId: 'a', clientSecret: 'b' }
  const beyond = startDevelopmentIdentityProvider({
    ...client,
    redirectUris: ['https://gw.example/signin/callback'],
  })
  await t.rejects(beyond, { code: 'ERR_CONFIG' })
  const options = {
    provider: { issuer: gateway.provider.issuer, clientId: 'a', scopes: ['openid'], groupsClaim: 'groups' },
    roles: {},
    records: memoryRecords(),
    clock: systemClock,
    onEvent: () => undefined,
  }
  const https = 'https://gw.example'
  await t.rejects(createIdentity({ ...options, publicUrl: https, development: true }), { code: 'ERR_CONFIG' })
  await t.rejects(createIdentity({ ...options, publicUrl: 'http://gw.example' }), { code: 'ERR_CONFIG' })
})

/** The first page with a title on the way, with its browser's cookies; the walk goes no further than that. */
async function pageOf(
  gateway: SignInGateway,
  start: string,
  title: string,
  visited: Page[] = [],
): Promise<Page & { readonly cookie: string }> {
  const cookies: string[] = []
  let found: Page | undefined
  const walk = {
    person: 'ada',
    password: gateway.provider.password,
    onPage(page: Page) {
      visited.push(page)
      if (page.url.startsWith(gateway.url))
        cookies.push(...page.headers.getSetCookie().map((line) => line.split(';')[0] ?? ''))
      if (!page.html.includes(title)) return
      found = page
      throw new Error('far enough')
    },
  }
  await walkSignIn(start, walk).catch(() => undefined)
  if (!found) throw new Error(`no page "${title}"`)
  return { ...found, cookie: cookies.join('; ') }
}

function form(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: 'sluice-cli', ...fields }) })
}
