// The read API of the ledger, over HTTP on a real store.
import t, { type Test } from 'tap'
import type { EntryLog } from '../../src/audit/log.ts'
import { FollowVerifier } from '../../src/audit/verify-follow.ts'
import type { FollowTrust } from '../../src/audit/verify-follow.ts'
import type { AuditApiParts } from '../../src/gateway/audit-api.ts'
import { readFollow, startAuditGateway } from '../support/audit-gateway.ts'
import type { AuditGateway } from '../support/audit-gateway.ts'
import { ADA, decision, GRACE, openTestStore } from '../support/test-store.ts'

async function setUp(t: Test, parts: Partial<AuditApiParts> = {}) {
  const store = await openTestStore({ folder: t.testdir() })
  const gateway = await startAuditGateway(store.log, parts)
  t.teardown(async () => {
    await gateway.stop()
    await store.close()
  })
  const trust: FollowTrust = { vkey: store.vkey, all: false }
  return { ...store, gateway, trust }
}

const denied = (subject: string, time?: string) =>
  decision({ effect: 'deny', subject, ...(time && { time }) })

async function verified(gateway: AuditGateway, query: string, trust: FollowTrust, token?: string) {
  const verifier = new FollowVerifier(trust)
  const entries = []
  for await (const line of readFollow(gateway, query, token).lines) entries.push(verifier.accept(line) ?? [])
  verifier.end()
  return { entries: entries.flat(), pin: verifier.pin as string }
}

const get = async (gateway: AuditGateway, path: string, token = 'at_1') => {
  const reply = await fetch(`${gateway.url}/api/v1/audit/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: reply.status, text: await reply.text() }
}

t.test('own entries only; everyone’s for an auditor, with names', async (t) => {
  const { log, gateway, trust } = await setUp(t)
  await log.append([denied(ADA), denied(GRACE), denied(ADA), denied('sub_erased')])
  const own = await verified(gateway, '', trust)
  t.same(
    own.entries.map(({ index, name }) => [index, name]),
    [
      [0, 'ada@example.dev'],
      [2, 'ada@example.dev'],
    ],
  )
  t.match(await get(gateway, 'follow?all=1'), { status: 403, text: /ERR_FORBIDDEN/ })
  const all = await verified(gateway, 'all=1', { ...trust, all: true, from: 0 }, 'auditor')
  t.same(
    all.entries.map(({ name }) => name),
    ['ada@example.dev', 'grace@example.dev', 'ada@example.dev', undefined],
  )
})

t.test('a cursor, a time, and a pinned size', async (t) => {
  const { log, gateway, trust } = await setUp(t)
  const at = (minute: number) => `2026-11-23T14:${String(minute).padStart(2, '0')}:00.000Z`
  await log.append([0, 1, 2, 3].map((minute) => denied(ADA, at(minute))))
  const { pin } = await verified(gateway, '', trust)
  await log.append([4, 5].map((minute) => denied(ADA, at(minute))))
  const indices = async (query: string) =>
    (await verified(gateway, `${query}&pinned=4`, { ...trust, pin })).entries.map(({ index }) => index)
  t.same(await indices('after=3'), [4, 5])
  t.same(await indices(`since=${at(2)}`), [2, 3, 4, 5])
  t.same(await indices(`since=${at(2)}&after=4`), [5])
  t.same(await indices('after=99'), [])
  t.equal((await verified(gateway, 'pinned=4', { ...trust, pin })).pin, await log.checkpoint())
  const { checkpoint } = (await readFollow(gateway, 'pinned=99').lines.next()).value as { checkpoint: string }
  t.equal(
    checkpoint,
    await log.checkpoint(),
    'a reader who knows more than there is can see that there is less',
  )
})

t.test('checkpoint, consistency, and what is not asked rightly', async (t) => {
  const { log, gateway } = await setUp(t)
  await log.append([denied(ADA), denied(ADA), denied(ADA)])
  t.same(await get(gateway, 'checkpoint'), { status: 200, text: await log.checkpoint() })
  const hashes = (await log.consistency(2, 3)).map((hash) => Buffer.from(hash).toString('base64'))
  t.same(await get(gateway, 'consistency?from=2&to=3'), { status: 200, text: JSON.stringify({ hashes }) })
  for (const path of [
    'consistency',
    'consistency?from=0&to=3',
    'consistency?from=2&to=4',
    'consistency?from=3&to=2',
    'consistency?from=x&to=3',
    'follow?after=-1',
    'follow?since=noon',
    'follow?pinned=1e3',
  ]) {
    t.match(await get(gateway, path), { status: 400, text: /ERR_REQUEST_INVALID/ }, path)
  }
  t.match(await get(gateway, 'other'), { status: 404 })
  t.equal((await get(gateway, 'checkpoint', 'nobody')).status, 401)
})

t.test('more than one batch arrives whole, against one checkpoint', async (t) => {
  const { log, gateway, trust } = await setUp(t)
  await log.append(Array.from({ length: 700 }, () => denied(ADA)))
  const { entries } = await verified(gateway, 'all=1', { ...trust, all: true, from: 0 }, 'auditor')
  t.equal(entries.length, 700)
})

t.test(
  'live: what is appended comes at once, and others’ entries do not wake a reader with nothing',
  async (t) => {
    const { log, gateway, trust } = await setUp(t)
    await log.append([denied(ADA)])
    const { lines, stop } = readFollow(gateway, 'follow=1')
    const verifier = new FollowVerifier(trust)
    const next = async () => verifier.accept((await lines.next()).value)
    t.equal(await next(), undefined)
    t.equal((await next())?.index, 0)
    await log.append([denied(GRACE)])
    await log.append([denied(ADA)])
    t.equal(await next(), undefined, 'a checkpoint')
    t.equal((await next())?.index, 2)
    stop()
  },
)

t.test('live: heartbeats while nothing happens', async (t) => {
  const { gateway } = await setUp(t, { heartbeatMs: 20 })
  const { lines, stop } = readFollow(gateway, 'follow=1')
  await lines.next()
  t.same((await lines.next()).value, { heartbeat: true })
  t.same((await lines.next()).value, { heartbeat: true })
  stop()
})

t.test('live: ends when the reader goes, the sign-in is revoked, or the gateway stops', async (t) => {
  const stopping = new AbortController()
  let revoke = (_signIn: string) => {}
  const { log, gateway } = await setUp(t, {
    stopping: stopping.signal,
    onRevoked: (listener) => {
      revoke = listener
      return () => (revoke = () => {})
    },
  })
  const followers = countListeners(log)
  const open = async (token?: string) => {
    const follow = readFollow(gateway, 'follow=1', token)
    await follow.lines.next()
    return follow
  }
  const first = await open()
  t.equal(followers(), 1)
  first.stop()
  await first.lines.next().catch(() => {})
  await until(() => followers() === 0)

  const second = await open()
  revoke('sgn_someone else')
  revoke('sgn_ada@example.dev')
  t.equal((await second.lines.next()).done, true)
  await until(() => followers() === 0)

  const third = await open()
  stopping.abort()
  t.equal((await third.lines.next()).done, true)
})

t.test('a reader who does not read holds nothing up, and little in memory', async (t) => {
  const { log, gateway } = await setUp(t)
  await log.append(Array.from({ length: 6000 }, () => denied(ADA)))
  let reads = 0
  const { read } = log
  log.read = (query) => {
    reads++
    return read(query)
  }
  const { reply, stop } = readFollow(gateway, 'follow=1')
  await reply
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.ok(reads < 40, `${reads} of 47 batches were read`)
  t.ok(await log.append([denied(ADA)]))
  stop()
})

function countListeners(log: EntryLog): () => number {
  let count = 0
  const { onCommit } = log
  log.onCommit = (listener) => {
    const stop = onCommit(listener)
    count++
    return () => {
      count--
      stop()
    }
  }
  return () => count
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
