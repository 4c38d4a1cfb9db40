// A refresh whose answer is lost: within a minute the same token is traded again, for the same successor, unless something of the first answer is in use.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { secretFile } from '../../src/adapters/secret-file/secret-file.ts'
import { openClient } from '../../src/assembly/client.ts'
import { newHome, signInAs } from './support/person.ts'
import { startSignInGateway } from './support/sign-in-gateway.ts'
import { setUpSignIn, signedIn } from './support/signed-in.ts'

const ENDED = { code: 'ERR_SIGN_IN_EXPIRED', nextSteps: ['sluice login'] }

t.test('a lost answer costs nobody the sign-in', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const first = await signedIn(gateway, server)
  const lost = await server.refresh(first.refreshToken)
  const again = await server.refresh(first.refreshToken)
  const oncemore = await server.refresh(first.refreshToken)
  t.equal(again.refreshToken, lost.refreshToken, 'it gets the same successor')
  t.equal(oncemore.refreshToken, lost.refreshToken)
  t.not(again.accessToken, lost.accessToken)
  const { signIn } = await gateway.identity.authenticator.authenticate(again.accessToken)
  const next = await server.refresh(again.refreshToken)
  t.match(await gateway.identity.authenticator.authenticate(next.accessToken), { signIn })
  t.same(gateway.events, [`signed-in ${signIn}`])
})

t.test('a token that comes again once the answer is in use ends the sign-in', async (t) => {
  const uses = {
    'its access token': async ({ gateway, issued }) =>
      gateway.identity.authenticator.authenticate(issued.accessToken),
    'its refresh token': async ({ server, issued }) => server.refresh(issued.refreshToken),
  } satisfies Record<string, (of: Use) => Promise<unknown>>
  for (const [what, use] of Object.entries(uses)) {
    await t.test(`in use is ${what}`, async (t) => {
      const { gateway, server } = await setUpSignIn(t)
      const { refreshToken } = await signedIn(gateway, server)
      const issued = await server.refresh(refreshToken)
      await use({ gateway, server, issued })
      await t.rejects(server.refresh(refreshToken), ENDED)
      await t.rejects(server.refresh(issued.refreshToken), ENDED, 'the whole family has ended')
      await t.rejects(gateway.identity.authenticator.authenticate(issued.accessToken), {
        code: 'ERR_TOKEN_INVALID',
      })
      t.match(gateway.events, [/^signed-in /, /^sign-in-revoked /])
    })
  }
})

t.test('after the grace a token that was traded ends the sign-in', async (t) => {
  const { gateway, server } = await setUpSignIn(t, { lifetimes: { refreshGrace: 1 } })
  const { refreshToken } = await signedIn(gateway, server)
  const { refreshToken: successor } = await server.refresh(refreshToken)
  await sleep(1_100)
  await t.rejects(server.refresh(refreshToken), ENDED)
  await t.rejects(server.refresh(successor), ENDED)
})

t.test('a late second trade does not make its successor as good as new', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const { refreshToken } = await signedIn(gateway, server)
  const { refreshToken: second } = await server.refresh(refreshToken)
  const [late, third] = await Promise.allSettled([server.refresh(refreshToken), server.refresh(second)])
  if (late.status === 'fulfilled') t.equal(late.value.refreshToken, second)
  if (third.status === 'fulfilled') {
    await gateway.identity.authenticator.authenticate(third.value.accessToken)
    await t.rejects(server.refresh(second), ENDED)
    await t.rejects(server.refresh(third.value.refreshToken), ENDED)
  } else t.match(third.reason, ENDED)
})

t.test('neither token is in the store, nor is one made of the other there', async (t) => {
  const { gateway, server } = await setUpSignIn(t)
  const { refreshToken } = await signedIn(gateway, server)
  const next = await server.refresh(refreshToken)
  for (const secret of [refreshToken, next.refreshToken, next.accessToken])
    t.notOk(gateway.records.dump().includes(secret))
})

t.test('a process that is killed between the answer and its keychain costs nobody the sign-in', async (t) => {
  const folder = newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  await signInAs(gateway)
  const path = secretFile(join(folder, 'secrets')).pathOf(gateway.url)
  const stored = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...stored, accessTokenExpiresAt: Date.now() - 1 }))
  const before = readFileSync(path, 'utf8')

  const child = spawn(process.execPath, [
    fileURLToPath(new URL('./support/die-before-storing.ts', import.meta.url)),
  ])
  t.same(await once(child, 'exit'), [null, 'SIGKILL'])
  t.equal(readFileSync(path, 'utf8'), before, 'nothing was stored')
  t.equal(gateway.tokenRequests(), 2, 'the gateway had answered')

  const client = await openClient()
  t.equal((await client.fetch('/api/v1/whoami')).status, 200)
  t.same(gateway.events.length, 1, 'the sign-in goes on')
})

interface Use {
  readonly gateway: Awaited<ReturnType<typeof setUpSignIn>>['gateway']
  readonly server: Awaited<ReturnType<typeof setUpSignIn>>['server']
  readonly issued: Awaited<ReturnType<typeof signedIn>>
}
