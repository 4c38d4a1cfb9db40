// Readers of the ledger who leave before it is known what to send them: nothing goes on for them.
import { once } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { EntryLog } from '../../src/audit/log.ts'
import { auditApi } from '../../src/gateway/audit-api.ts'
import type { Caller } from '../../src/terms/subject.ts'
import { ADA, decision, openTestStore } from '../support/test-store.ts'
import { until } from '../support/until.ts'

const ada: Caller = {
  subject: {
    id: ADA,
    provider: 'https://idp.example',
    providerSubject: 'ada',
    name: 'ada',
    groups: [],
    roles: [],
  },
  signIn: 'sgn_1',
  session: 'ses_1',
  scope: 'cli',
  expiresAt: Date.now() + 3_600_000,
}

/** A reader leaves while the gateway waits, before or after it has begun to answer; the commits that wake it are counted. */
async function wokenFor(
  t: Test,
  waits: 'looking up the caller' | 'looking for the first entry',
): Promise<number> {
  const store = await openTestStore({ folder: t.testdir() })
  const waiting = Promise.withResolvers<ServerResponse>()
  const goOn = Promise.withResolvers<void>()
  let woken = 0
  let arrived: ServerResponse | undefined
  const hold = async (): Promise<void> => {
    waiting.resolve(arrived as ServerResponse)
    await goOn.promise
  }
  const log = Object.assign(Object.create(store.log) as EntryLog, {
    async firstSince(time: number) {
      if (waits === 'looking for the first entry') await hold()
      return store.log.firstSince(time)
    },
    onCommit: (listener: (size: number) => void) =>
      store.log.onCommit((size) => {
        woken++
        listener(size)
      }),
  })
  const answer = auditApi({ log, nameOf: async () => 'ada', textOf: async () => undefined })
  const answered = Promise.withResolvers<void>()
  const server = createServer(async (asked, response) => {
    arrived = response
    if (waits === 'looking up the caller') await hold()
    await answer(ada, asked, response)
    answered.resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.close()
    await store.close()
  })

  const path = '/api/v1/audit/follow?follow=1&since=2026-01-01T00:00:00Z'
  const reader = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path })
  reader.on('error', () => undefined)
  reader.end()
  const response = await waiting.promise
  reader.destroy()
  await once(response, 'close')
  goOn.resolve()
  await Promise.race([
    answered.promise,
    until('two commits wake it', async () => {
      await store.log.append([decision()])
      return woken > 2
    }),
  ])
  return woken
}

for (const waits of ['looking up the caller', 'looking for the first entry'] as const) {
  t.test(`left while the gateway was ${waits}`, async (t) => {
    t.equal(await wokenFor(t, waits), 0)
  })
}
