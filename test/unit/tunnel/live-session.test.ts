import { mock } from 'node:test'
import t from 'tap'
import { systemClock } from '../../../src/base/clock.ts'
import { SluiceError } from '../../../src/base/errors.ts'
import { openLiveSession } from '../../../src/tunnel/live-session.ts'
import type { Session, Sessions } from '../../../src/tunnel/sessions.ts'

const MINUTES = 60_000

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 }))
t.afterEach(() => mock.timers.reset())

/** Sessions that live for a quarter of an hour, and what was asked of them. */
function sessionsByHand() {
  const asked: string[] = []
  let failing: SluiceError | undefined
  const answer = (verb: string) => {
    asked.push(verb)
    if (failing) throw failing
    return { token: `sst_${asked.length}`, expiresAt: Date.now() + 15 * MINUTES }
  }
  const sessions: Sessions = {
    open: async () => ({ ...answer('open'), id: `ses_${asked.length}` }) as Session,
    renew: async (id) => answer(`renew ${id}`),
    close: async (id) => void answer(`close ${id}`),
  }
  return { sessions, asked, fail: (error?: SluiceError) => (failing = error) }
}

/** Lets time pass, and what it set off settle. */
async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms)
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

t.test('a token is renewed in good time, again and again, until the session is closed', async (t) => {
  const { sessions, asked } = sessionsByHand()
  const session = await openLiveSession({ sessions, clock: systemClock })
  await pass(9 * MINUTES)
  t.equal(await session.token(), 'sst_1')
  await pass(2 * MINUTES)
  t.equal(await session.token(), 'sst_2')
  await pass(11 * MINUTES)
  t.equal(await session.token(), 'sst_3')
  await session.close()
  await pass(60 * MINUTES)
  t.same(asked, ['open', 'renew ses_1', 'renew ses_1', 'close ses_1'])
})

t.test('after a sleep of the machine it is renewed before use, once for all that wait', async (t) => {
  const { sessions, asked } = sessionsByHand()
  const session = await openLiveSession({ sessions, clock: systemClock })
  mock.timers.setTime(1_000_000 + 600 * MINUTES)
  t.same(await Promise.all([session.token(), session.token(), session.token()]), ['sst_2', 'sst_2', 'sst_2'])
  t.same(asked, ['open', 'renew ses_1'])
  await session.close()
})

t.test('a session that the gateway ended is opened anew, and that is told', async (t) => {
  const { sessions } = sessionsByHand()
  const reopened: Session[] = []
  const session = await openLiveSession({
    sessions: {
      ...sessions,
      renew: async () => {
        throw new SluiceError('ERR_NOT_FOUND', 'There is no such session.')
      },
    },
    clock: systemClock,
    onReopened: (session) => reopened.push(session),
  })
  session.refused('sst_1')
  t.equal(await session.token(), 'sst_2')
  t.match(reopened, [{ id: 'ses_2' }])
  await session.close()
})

t.test(
  'a renewal that fails in the background is tried again, and told only to who needs the token',
  async (t) => {
    const { sessions, asked, fail } = sessionsByHand()
    const session = await openLiveSession({ sessions, clock: systemClock })
    fail(new SluiceError('ERR_SIGN_IN_EXPIRED', 'Your sign-in has ended.'))
    await pass(11 * MINUTES)
    t.equal(await session.token(), 'sst_1', 'which is still good')
    await pass(4 * MINUTES)
    await t.rejects(session.token(), { code: 'ERR_SIGN_IN_EXPIRED' })
    t.ok(asked.length >= 4, 'it was tried more than once')
    fail(undefined)
    t.match(await session.token(), /^sst_/, 'after another login it goes on')
    await session.close()
  },
)

t.test('a refused token that was replaced meanwhile is old news', async (t) => {
  const { sessions, asked } = sessionsByHand()
  const session = await openLiveSession({ sessions, clock: systemClock })
  session.refused('sst_0')
  t.equal(await session.token(), 'sst_1')
  t.same(asked, ['open'])
  await session.close()
})
