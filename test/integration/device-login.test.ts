// Signing in by a code: begun twice, slowed down, with a gateway that is away for a moment.
import t from 'tap'
import { cliAuthorizationServer } from '../../src/adapters/openid-client/cli-authorization-server.ts'
import { type Page, walkSignIn } from '../../src/demo/browserless.ts'
import type { DeviceAuthorization } from '../../src/login/authorization-server.ts'
import type { SignInGateway } from './support/sign-in-gateway.ts'
import { setUpSignIn } from './support/signed-in.ts'

t.test('a code may be entered again after a sign-in that was closed half-way', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const device = await server.authorizeDevice('laptop')
  for (const title of ['Development sign-in', 'Allow this machine?']) {
    const far = allow(gateway, device, ({ html }) => {
      if (html.includes(title)) throw new Error('the browser was closed')
    })
    await t.rejects(far, { message: 'the browser was closed' })
  }
  t.same(gateway.events, [])
  const page = await allow(gateway, device)
  t.match(page.html, /You can close this window/)
  const { accessToken } = await device.finish(AbortSignal.timeout(20_000))
  t.match(await gateway.identity.authenticator.authenticate(accessToken), {
    subject: { name: 'ada@example.dev' },
  })
  t.equal(gateway.events.length, 1)
})

t.test('a code that was entered in two browsers is answered once', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const device = await server.authorizeDevice('laptop')
  let second: Page | undefined
  const first = allow(gateway, device, async ({ html }) => {
    if (html.includes('Allow this machine?')) second ??= await allow(gateway, device)
  })
  await t.rejects(first, { message: /This sign-in can’t go on/ })
  t.match(second?.html, /You can close this window/)
  t.equal(gateway.events.length, 1, 'one sign-in was begun')
  const again = allow(gateway, device, ({ html }) => {
    if (html.includes('That code is unknown, used or expired')) throw new Error('it was used')
  })
  await t.rejects(again, { message: 'it was used' })
})

t.test('slow_down is obeyed, and never shown', async (t) => {
  const { gateway } = await setUpSignIn(t)
  let polls = 0
  const server = await cliOf(gateway, async (reply) => {
    if (++polls > 1) return reply()
    return Response.json({ error: 'slow_down' }, { status: 400 })
  })
  const device = await server.authorizeDevice('laptop')
  await allow(gateway, device)
  const began = Date.now()
  t.ok((await device.finish(AbortSignal.timeout(20_000))).accessToken)
  t.ok(Date.now() - began > 5_000, 'it waits for five seconds more')
  t.equal(polls, 2)
})

t.test('where too many codes were asked for, the time to wait is told', async (t) => {
  const { server } = await setUpSignIn(t)
  const asked = await Promise.allSettled(Array.from({ length: 21 }, () => server.authorizeDevice('laptop')))
  const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as object] : []))
  t.match(refused, [
    { code: 'ERR_RATE_LIMITED', exit: 75, message: /asked too often/, nextSteps: [/^Try again in \d+ s\.$/] },
  ])
})

t.test('so are refreshes from an address that guesses; the sign-in stays', async (t) => {
  const { gateway, server } = await setUpSignIn(t, { burst: 1 })
  await t.rejects(server.refresh('x'.repeat(43)), { code: 'ERR_SIGN_IN_EXPIRED' })
  await t.rejects(server.refresh('x'.repeat(43)), {
    code: 'ERR_RATE_LIMITED',
    nextSteps: [/^Try again in \d+ s\.$/],
  })
  t.same(gateway.faults, [])
})

t.test('a gateway that is away for a moment is waited for', async (t) => {
  const { gateway } = await setUpSignIn(t)
  let polls = 0
  const server = await cliOf(gateway, async (reply) => {
    polls++
    if (polls === 1)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    if (polls === 2) return new Response('starting', { status: 502 })
    return reply()
  })
  const device = await server.authorizeDevice('laptop')
  await allow(gateway, device)
  t.ok((await device.finish(AbortSignal.timeout(20_000))).accessToken)
  t.equal(polls, 3)
})

t.test('tokens that no gateway issues are not taken', async (t) => {
  const { gateway } = await setUpSignIn(t)
  const good = {
    access_token: 'a'.repeat(43),
    refresh_token: 'r'.repeat(43),
    token_type: 'bearer',
    expires_in: 600,
  }
  for (const lie of [
    { refresh_token: undefined },
    { refresh_token: '' },
    { access_token: 'a b' },
    { access_token: 'a'.repeat(3_000) },
    { refresh_token: 'r\r\nx: y' },
    { expires_in: undefined },
    { expires_in: 0 },
    { expires_in: 1e9 },
  ]) {
    const server = await cliOf(gateway, async () => Response.json({ ...good, ...lie }))
    await t.rejects(
      server.refresh('x'.repeat(43)),
      { code: 'ERR_GATEWAY_UNREACHABLE' },
      JSON.stringify(lie).slice(0, 60),
    )
  }
  const server = await cliOf(gateway, async () => new Response('down for repair', { status: 503 }))
  await t.rejects(server.refresh('x'.repeat(43)), {
    code: 'ERR_GATEWAY_UNREACHABLE',
    message: /answered HTTP 503/,
  })
})

/** Walks to the end with the code; `onPage` may throw, as one who closes the browser. */
async function allow(
  gateway: SignInGateway,
  device: DeviceAuthorization,
  onPage: (page: Page) => unknown = () => undefined,
): Promise<Page> {
  return walkSignIn(device.verificationUriComplete, {
    person: 'ada',
    password: gateway.provider.password,
    onPage,
  })
}

/** The gateway's authorization server, with something between it and its token endpoint. */
function cliOf(gateway: SignInGateway, token: (reply: () => Promise<Response>) => Promise<Response>) {
  const between: typeof fetch = (...call) => {
    const reply = (): Promise<Response> => fetch(...call)
    return String(call[0]).endsWith('/oauth/token') ? token(reply) : reply()
  }
  return cliAuthorizationServer({ gateway: gateway.url, issuer: `${gateway.url}/oauth`, fetch: between })
}
