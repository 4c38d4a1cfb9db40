import t from 'tap'
import { SluiceError } from '../../../src/base/errors.ts'
import type { AuthorizationServer, IssuedTokens } from '../../../src/login/authorization-server.ts'
import { type Keychain, readTokens, type TokenSet, writeTokens } from '../../../src/login/keychain.ts'
import { signInExpired, tokensOf } from '../../../src/login/tokens.ts'

const GATEWAY = 'https://gw.example'
const HOUR = 3_600_000

async function setUp(stored?: Partial<TokenSet>) {
  const clock = { time: 10 * HOUR, now: () => clock.time }
  const secrets = new Map<string, string>()
  const keychain: Keychain = {
    kind: 'keychain',
    get: async (gateway) => secrets.get(gateway),
    set: async (gateway, secret) => void secrets.set(gateway, secret),
    remove: async (gateway) => void secrets.delete(gateway),
  }
  if (stored) {
    await writeTokens(keychain, GATEWAY, {
      accessToken: 'at_0',
      accessTokenExpiresAt: clock.time + 600_000,
      refreshToken: 'rt_0',
      signInExpiresAt: clock.time + 12 * HOUR,
      ...stored,
    })
  }
  const refreshed: string[] = []
  let failure: Error | undefined
  const server = {
    async refresh(refreshToken): Promise<IssuedTokens> {
      if (failure) throw failure
      refreshed.push(refreshToken)
      const n = refreshed.length
      return { accessToken: `at_${n}`, refreshToken: `rt_${n}`, accessTokenExpiresAt: clock.time + 600_000 }
    },
  } as AuthorizationServer
  let duringWait: (() => Promise<void>) | undefined
  const tokens = tokensOf({
    gateway: GATEWAY,
    keychain: async () => keychain,
    server: async () => server,
    async exclusively(work) {
      await duringWait?.()
      return work()
    },
    clock,
  })
  return {
    tokens,
    clock,
    keychain,
    refreshed,
    fail: (error: Error) => (failure = error),
    whileWaiting: (work: () => Promise<void>) => (duringWait = work),
  }
}

t.test('a token with a minute left is handed out; one with less is refreshed first', async (t) => {
  const { tokens, clock, keychain, refreshed } = await setUp({})
  t.equal(await tokens.accessToken(), 'at_0')
  clock.time += 539_000
  t.equal(await tokens.accessToken(), 'at_0')
  clock.time += 1_000
  t.equal(await tokens.accessToken(), 'at_1')
  t.same(refreshed, ['rt_0'])
  t.match(await readTokens(keychain, GATEWAY), { accessToken: 'at_1', refreshToken: 'rt_1' })
})

t.test('many askers in one process are one refresh', async (t) => {
  const { tokens, refreshed } = await setUp({ accessTokenExpiresAt: 0 })
  t.same(new Set(await Promise.all(Array.from({ length: 5 }, () => tokens.accessToken()))), new Set(['at_1']))
  t.equal(refreshed.length, 1)
})

t.test('what another process refreshed while this one waited is taken', async (t) => {
  const { tokens, clock, keychain, refreshed, whileWaiting } = await setUp({ accessTokenExpiresAt: 0 })
  whileWaiting(async () =>
    writeTokens(keychain, GATEWAY, {
      accessToken: 'of another',
      accessTokenExpiresAt: clock.time + 600_000,
      refreshToken: 'rt_9',
      signInExpiresAt: clock.time + HOUR,
    }),
  )
  t.equal(await tokens.accessToken(), 'of another')
  t.same(refreshed, [])
})

t.test('in the last minute of a sign-in its last token is used, not refreshed over and over', async (t) => {
  const end = 10 * HOUR + 30_000
  const { tokens, refreshed, clock, fail } = await setUp({ accessTokenExpiresAt: end, signInExpiresAt: end })
  t.equal(await tokens.accessToken(), 'at_0')
  t.same(refreshed, [])
  clock.time = end
  fail(signInExpired(GATEWAY))
  await t.rejects(tokens.accessToken(), { code: 'ERR_SIGN_IN_EXPIRED', nextSteps: ['sluice login'] })
})

t.test('a clock that was set forward ends no sign-in: whether it has ended is asked', async (t) => {
  const { tokens, refreshed, clock } = await setUp({})
  clock.time += 20 * HOUR
  t.equal(await tokens.accessToken(), 'at_1')
  t.equal(await tokens.accessToken(), 'at_1')
  t.same(refreshed, ['rt_0'])
})

t.test('no sign-in, one that was ended, one that can not be reached', async (t) => {
  const none = await setUp()
  await t.rejects(none.tokens.accessToken(), { code: 'ERR_NOT_SIGNED_IN' })
  const ended = await setUp({ accessTokenExpiresAt: 0 })
  ended.fail(signInExpired(GATEWAY))
  await t.rejects(ended.tokens.accessToken(), { code: 'ERR_SIGN_IN_EXPIRED' })
  t.equal(await ended.keychain.get(GATEWAY), undefined, 'a dead secret is not kept')
  const away = await setUp({ accessTokenExpiresAt: 0 })
  away.fail(new SluiceError('ERR_GATEWAY_UNREACHABLE', 'away'))
  await t.rejects(away.tokens.accessToken(), { code: 'ERR_GATEWAY_UNREACHABLE' })
  t.ok(await away.keychain.get(GATEWAY), 'one that may still be good is')
})

t.test('a secret that is not ours is said to be so', async (t) => {
  const { tokens, keychain } = await setUp()
  for (const text of ['', '{}', '{"v":2}', 'hunter2']) {
    await keychain.set(GATEWAY, text)
    const error = (await tokens.accessToken().catch((thrown: unknown) => thrown)) as SluiceError
    t.equal(error.code, 'ERR_KEYCHAIN')
    t.notOk(error.message.includes('hunter2'), 'and not repeated')
  }
})
