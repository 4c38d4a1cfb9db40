// One sign-in, many processes: they share its tokens and refresh them once.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { openClient } from '../../src/assembly/client.ts'
import { withLock } from '../../src/login/lock.ts'
import { secretFile } from '../../src/adapters/secret-file/secret-file.ts'
import { newHome, signInAs } from './support/person.ts'
import { type SignInGateway, startSignInGateway } from './support/sign-in-gateway.ts'

const run = promisify(execFile)
const ASK = fileURLToPath(new URL('./support/ask-token.ts', import.meta.url))

t.test('ten processes at once refresh once', async (t) => {
  const { gateway, folder } = await signedIn(t)
  const secret = expire(folder, gateway)
  const before = gateway.tokenRequests()
  const asked = await Promise.all(Array.from({ length: 10 }, () => run(process.execPath, [ASK])))
  const tokens = new Set(asked.map(({ stdout }) => stdout))
  t.equal(tokens.size, 1, 'all have the same token')
  t.equal(gateway.tokenRequests() - before, 1, 'the gateway was asked once')
  const [token = ''] = tokens
  t.match(await gateway.identity.authenticator.authenticate(token), { subject: { name: 'ada@example.dev' } })
  t.equal((JSON.parse(readFileSync(secret, 'utf8')) as { accessToken: string }).accessToken, token)
  t.notOk(
    asked.some(({ stderr }) => stderr.includes(token)),
    'and none is in a log',
  )
})

t.test('a token that the gateway refuses is replaced, once', async (t) => {
  const { gateway } = await signedIn(t)
  const client = await openClient()
  const [token, before] = [await client.accessToken(), gateway.tokenRequests()]
  t.equal(await client.accessToken(), token, 'a good one is kept')
  const [one, two] = await Promise.all([client.accessToken(token), client.accessToken(token)])
  t.equal(one, two)
  t.not(one, token)
  t.equal(gateway.tokenRequests() - before, 1)
})

t.test('a sign-in that has ended at the gateway says so, and is forgotten', async (t) => {
  const { gateway, folder } = await signedIn(t)
  const client = await openClient()
  const { signIn } = await gateway.identity.authenticator.authenticate(await client.accessToken())
  await gateway.records.removeGroup(signIn)
  const secret = expire(folder, gateway)
  const expected = { code: 'ERR_SIGN_IN_EXPIRED', nextSteps: ['sluice login'] }
  await t.rejects((await openClient()).accessToken(), expected)
  t.notOk(existsSync(secret))
})

t.test('a gateway that is away costs nobody the sign-in', async (t) => {
  const { gateway, folder } = await signedIn(t)
  const secret = expire(folder, gateway)
  await gateway.close()
  await t.rejects((await openClient()).accessToken(), { code: 'ERR_GATEWAY_UNREACHABLE' })
  t.ok(existsSync(secret))
})

t.test('the lock of a process that died is broken by one of those that wait', async (t) => {
  const folder = newHome(t)
  const path = join(folder, 'some.lock')
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await new Promise((done) => setTimeout(done, 5))
    inside--
  }
  const { stdout } = await run(process.execPath, ['-p', 'process.pid'])
  await withLock(path, work)
  const { hostname } = await import('node:os')
  writeFileSync(path, JSON.stringify({ pid: Number(stdout), host: hostname(), id: 'dead' }))
  await Promise.all(Array.from({ length: 8 }, () => withLock(path, work)))
  t.equal(most, 1, 'never two at once')
  writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), id: 'alive' }))
  await t.rejects(withLock(path, work, 200), { code: 'ERR_STORE' }, 'one that lives is waited for')
})

async function signedIn(t: Test): Promise<{ gateway: SignInGateway; folder: string }> {
  const folder = newHome(t)
  const gateway = await startSignInGateway()
  t.teardown(() => gateway.close())
  await signInAs(gateway)
  return { gateway, folder }
}

/** Makes the stored access token one that has just expired. Returns the path of its file. */
function expire(folder: string, gateway: SignInGateway): string {
  const path = secretFile(join(folder, 'secrets')).pathOf(gateway.url)
  const stored = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...stored, accessTokenExpiresAt: Date.now() - 1 }))
  return path
}
