// The gateway's end of the store's thread, against a store that says what a test has it say.
import { MessageChannel } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { prepareLeaf } from '../../../src/adapters/sql/leaf.ts'
import type { Batch, FromStore, Head, ToStore } from '../../../src/adapters/sql/messages.ts'
import { StoreLink } from '../../../src/adapters/sql/store-link.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { decision, outcomeOf } from '../../support/test-store.ts'

/** A link, and the other end: the batches that were sent, and what is answered. */
async function linked(t: Test) {
  const { port1, port2 } = new MessageChannel()
  const batches: Batch[] = []
  let came = (): void => {}
  let head: Head = { size: 0, note: '' }
  port2.on('message', (message: ToStore) => {
    if (message.kind === 'open') say({ kind: 'opened', vkey: 'key', head })
    if (message.kind === 'close') say({ kind: 'closed' })
    if (message.kind === 'commit') batches.push(message.batch)
    came()
  })
  const say = (message: FromStore): void => port2.postMessage(message)
  const nothing = (): void => undefined
  const link = new StoreLink(port1, systemClock, nothing, nothing)
  await link.open({ place: { folder: 'nowhere' }, origin: 'gw.example/ledger' })
  t.teardown(async () => {
    await link.close()
    port1.close()
    port2.close()
  })
  let seen = 0
  return {
    link,
    /** The next batch that is sent. */
    async batch(): Promise<Batch> {
      while (batches.length <= seen) await new Promise<void>((resolve) => (came = resolve))
      return batches[seen++] as Batch
    },
    commit() {
      const first = head.size
      head = { size: first + (batches[seen - 1]?.leaves.length ?? 0), note: '' }
      say({ kind: 'committed', first, head })
    },
    reject: () => say({ kind: 'rejected', reason: 'it is full', head }),
    undecided: () => say({ kind: 'undecided', reason: 'who knows' }),
  }
}

const write = ({ link }: { link: StoreLink }, ...entries: Parameters<typeof prepareLeaf>[0][]) =>
  link.write('ERR_LEDGER_UNAVAILABLE', entries.map(prepareLeaf), [])

t.test('an exchange whose outcome was refused is ended by the first batch that holds', async (t) => {
  const at = await linked(t)
  const open = decision()
  const allowed = write(at, open)
  t.equal((await at.batch()).leaves.length, 1)
  at.commit()
  await allowed

  const refused = write(at, outcomeOf(open))
  t.same((await at.batch()).interrupt, [])
  at.reject()
  await t.rejects(refused, { code: 'ERR_LEDGER_UNAVAILABLE' })

  for (const _ of ['first', 'second']) {
    const next = write(at, decision({ effect: 'deny' }))
    t.same((await at.batch()).interrupt, [])
    at.commit()
    await next
    t.match(await at.batch(), { leaves: [], interrupt: [open.exchange] }, 'it is ended')
    at.reject()
  }
  const last = write(at, decision({ effect: 'deny' }))
  t.same((await at.batch()).interrupt, [])
  at.commit()
  await last
  t.same((await at.batch()).interrupt, [open.exchange], 'and is, until that holds')
  at.commit()
  const after = write(at, decision({ effect: 'deny' }))
  t.match(await at.batch(), { interrupt: [], leaves: [{}] }, 'once')
  at.commit()
  await after
})

t.test('a refused batch of them keeps nothing else waiting', async (t) => {
  const at = await linked(t)
  const open = decision()
  const refused = write(at, outcomeOf(open))
  await at.batch()
  at.reject()
  await t.rejects(refused)
  const one = write(at, decision({ effect: 'deny' }))
  await at.batch()
  at.commit()
  await one
  t.same((await at.batch()).interrupt, [open.exchange])
  const waiting = write(at, decision({ effect: 'deny' }))
  at.reject()
  t.match(await at.batch(), { interrupt: [], leaves: [{}] })
  at.commit()
  await waiting
  t.same((await at.batch()).interrupt, [open.exchange])
  at.commit()
})
