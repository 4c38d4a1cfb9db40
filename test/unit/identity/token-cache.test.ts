import t from 'tap'
import type { Records } from '../../../src/identity/records.ts'
import { newSecret } from '../../../src/identity/secrets.ts'
import { sessionsIn } from '../../../src/identity/sessions.ts'
import { signInsIn } from '../../../src/identity/sign-ins.ts'
import { subjectsIn } from '../../../src/identity/subjects.ts'
import { tokenCache } from '../../../src/identity/token-cache.ts'
import type { TokenClaims } from '../../../src/identity/token-source.ts'
import type { Caller } from '../../../src/terms/subject.ts'
import { memoryRecords } from '../../integration/support/memory-records.ts'

const ADA = {
  provider: 'https://idp.example',
  providerSubject: 'ada',
  name: 'ada@example.dev',
  groups: ['engineering'],
}

async function setUp() {
  const clock = { time: 1_000_000, now: () => clock.time }
  const stored = memoryRecords(clock)
  let lookUps = 0
  const records: Records = {
    ...stored,
    get(kind, key) {
      lookUps++
      return stored.get(kind, key)
    },
  }
  const events: string[] = []
  const onEvent = (entry: string): void => void events.push(entry)
  const signIns = signInsIn({ records, clock, lifetimeMs: 3_600_000, onEvent })
  const sessions = sessionsIn({ records, signIns, clock, tokenLifetimeMs: 900_000 })
  const subjects = subjectsIn(records, { auditor: ['security'] })
  const subject = await subjects.remember(ADA)
  const signIn = await signIns.begin({
    id: 'sgn_1',
    subject: subject.id,
    machine: 'laptop',
    address: '192.0.2.1',
  })
  const access = newSecret()
  const claims: TokenClaims = {
    subject: subject.id,
    signIn: signIn.id,
    session: 'ses_direct',
    scope: 'cli',
    expiresAt: clock.time + 600_000,
  }
  let revoked = false
  const accessTokens = async (token: string) => (token === access && !revoked ? claims : undefined)
  const cache = tokenCache({ sources: [sessions.tokens, accessTokens], subjects, signIns, sessions, clock })
  return {
    cache,
    clock,
    sessions,
    signIns,
    subjects,
    access,
    events,
    lookUps: () => lookUps,
    revokeQuietly: () => (revoked = true),
    cli: (): Promise<Caller> => cache.authenticate(access),
  }
}

t.test('a token found good is not looked up again for five seconds', async (t) => {
  const { cache, clock, access, lookUps, revokeQuietly } = await setUp()
  const caller = await cache.authenticate(access)
  t.match(caller, { subject: { name: 'ada@example.dev', roles: [] }, scope: 'cli', signIn: 'sgn_1' })
  const before = lookUps()
  clock.time += 4_999
  t.equal(await cache.authenticate(access), caller)
  t.equal(lookUps(), before)
  revokeQuietly()
  clock.time += 1
  await t.rejects(
    cache.authenticate(access),
    { code: 'ERR_TOKEN_INVALID' },
    'another replica’s revocation is heard',
  )
})

t.test('a token is refused from its very end', async (t) => {
  const { cache, clock, access } = await setUp()
  await cache.authenticate(access)
  clock.time += 600_000
  await t.rejects(cache.authenticate(access), { code: 'ERR_TOKEN_INVALID' })
  t.equal(cache.known(access), undefined)
})

t.test('what is no token is refused without a look-up', async (t) => {
  const { cache, lookUps } = await setUp()
  const before = lookUps()
  for (const token of ['', 'short', 'x'.repeat(10_000), 'with space in it, long enough']) {
    await t.rejects(cache.authenticate(token), { code: 'ERR_TOKEN_INVALID', status: 401 })
  }
  t.equal(lookUps(), before)
})

t.test('a sign-in that ends takes all its tokens along, at once', async (t) => {
  const { cache, sessions, signIns, cli, access, events, revokeQuietly } = await setUp()
  const session = await sessions.open(await cli(), 'qwen-coder')
  await cache.authenticate(session.token)
  const told: string[] = []
  const stop = cache.onRevoked((signIn) => told.push(signIn))
  revokeQuietly()
  await Promise.all([signIns.end('sgn_1'), signIns.end('sgn_1')])
  t.ok(told.includes('sgn_1'))
  stop()
  for (const token of [access, session.token]) {
    await t.rejects(cache.authenticate(token), { code: 'ERR_TOKEN_INVALID' })
  }
  await signIns.end('sgn_1')
  t.same(events, ['signed-in', 'signed-out'], 'one beginning, one end')
})

t.test('a look-up that a revocation overtook is not remembered', async (t) => {
  const { cache, signIns, access, revokeQuietly } = await setUp()
  const asked = cache.authenticate(access)
  const ended = signIns.end('sgn_1')
  await Promise.allSettled([asked, ended])
  revokeQuietly()
  await t.rejects(cache.authenticate(access), { code: 'ERR_TOKEN_INVALID' })
})

t.test('a session reaches inference on its model, until it is closed', async (t) => {
  const { cache, clock, sessions, cli } = await setUp()
  const caller = await cli()
  const session = await sessions.open(caller, 'qwen-coder')
  t.match(session.id, /^ses_/)
  t.match(session.token, /^sst_[\w-]{43}$/)
  t.equal(session.expiresAt, clock.time + 900_000)
  t.match(await cache.authenticate(session.token), {
    scope: 'inference',
    models: ['qwen-coder'],
    session: session.id,
    signIn: 'sgn_1',
  })
  clock.time += 60_000
  const renewed = await sessions.renew(caller, session.id)
  t.not(renewed.token, session.token)
  t.equal(renewed.id, session.id)
  t.ok(await cache.authenticate(session.token), 'the token before is good until its end')
  t.match(await sessions.close(caller, session.id), { model: 'qwen-coder' })
  for (const { token } of [session, renewed])
    await t.rejects(cache.authenticate(token), { code: 'ERR_TOKEN_INVALID' })
  await t.rejects(sessions.renew(caller, session.id), { code: 'ERR_NOT_FOUND' })
})

t.test('a session that nobody closes or renews is of no use after its token', async (t) => {
  const { cache, clock, sessions, cli } = await setUp()
  const { token } = await sessions.open(await cli(), 'qwen-coder')
  clock.time += 899_000
  t.ok(await cache.authenticate(token))
  clock.time += 1_001
  await t.rejects(cache.authenticate(token), { code: 'ERR_TOKEN_INVALID' })
})

t.test('a session is its own sign-in’s alone, and never outlives it', async (t) => {
  const { clock, sessions, signIns, cli } = await setUp()
  const caller = await cli()
  const session = await sessions.open(caller, 'qwen-coder')
  const other = { ...caller, signIn: 'sgn_2' }
  await t.rejects(sessions.renew(other, session.id), { code: 'ERR_NOT_FOUND' })
  await t.rejects(sessions.close(other, session.id), { code: 'ERR_NOT_FOUND' })
  await t.rejects(sessions.open(other, 'qwen-coder'), { code: 'ERR_TOKEN_INVALID' })
  const ends = (await signIns.find('sgn_1'))?.endsAt ?? 0
  clock.time = ends - 1_000
  t.equal((await sessions.renew(caller, session.id)).expiresAt, ends)
})

t.test('a known token costs next to nothing', async (t) => {
  const { cache, access } = await setUp()
  await cache.authenticate(access)
  const rounds = 20_000
  const began = process.cpuUsage()
  for (let i = 0; i < rounds; i++) cache.known(access)
  const { user, system } = process.cpuUsage(began)
  const each = (user + system) / rounds
  t.ok(each < 25, `${each.toFixed(1)} µs`)
  t.comment(`${each.toFixed(1)} µs a look`)
})
