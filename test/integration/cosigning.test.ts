// The gateway's side of witnesses: a real store, real witnesses over HTTP, and what is logged and served of them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openWitnessState } from '../../src/adapters/sql/sqlite/witness-state.ts'
import { submitToWitness } from '../../src/adapters/undici/submit-to-witness.ts'
import { cosignatureVerifier, cosignerOf, generateCosignerKey } from '../../src/audit/cosignature.ts'
import { readCheckpoint } from '../../src/audit/checkpoint.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { filesOf } from '../../src/audit/published.ts'
import { startCosigning } from '../../src/gateway/cosigning.ts'
import type { WitnessPort } from '../../src/gateway/submission.ts'
import type { Store } from '../../src/adapters/sql/open-store.ts'
import { serveWitness } from '../../src/witness/serve-witness.ts'
import { freePort } from '../support/free-port.ts'
import { PaperLedger } from '../support/paper-ledger.ts'
import { emptyHome } from '../support/sluice.ts'
import { decision, openTestStore } from '../support/test-store.ts'
import { until } from '../support/until.ts'

t.setTimeout(60_000)

const denied = (count: number) => Array.from({ length: count }, () => decision({ effect: 'deny' }))

/** A witness of the ledger that the key verifies, at a URL, with all that it was asked. */
async function witness(t: Test, vkey: string, name = 'w1') {
  const cosigner = cosignerOf(generateCosignerKey(name))
  const state = openWitnessState(join(emptyHome(t).folder, 'witness.db'))
  const asked: { status: number; size: number }[] = []
  const log = verifierOf(vkey)
  const logs = new Map([[log.name, [log]]])
  const served = await serveWitness(
    { cosigner, state, logs, now: () => Date.now() },
    { host: '127.0.0.1', port: 0 },
    {
      onAnswer: ({ status, checkpoint }) => asked.push({ status, size: checkpoint?.size ?? -1 }),
      onFault: (error) => t.fail(String(error)),
    },
  )
  t.teardown(async () => {
    await served.stop()
    state.close()
  })
  return {
    asked,
    state,
    url: `http://127.0.0.1:${served.port}`,
    verifier: cosignatureVerifier(cosigner.vkey),
  }
}

const portOf = ({ verifier, url }: { verifier: WitnessPort['verifier']; url: string }): WitnessPort => ({
  verifier,
  submit: submitToWitness(url, fetch),
})

async function collecting(t: Test, { log, records }: Store, ...witnesses: WitnessPort[]) {
  const lines: { level: string; text: string; [name: string]: unknown }[] = []
  const told = new Map<string, { size: number; isCosigning: boolean; isContradicted: boolean }>()
  const logged =
    (level: string) =>
    (fields: object, text = '') =>
      void lines.push({ level, text, ...fields })
  const cosigning = await startCosigning({
    log,
    records,
    witnesses,
    logger: { info: logged('info'), warn: logged('warn'), error: logged('error') },
    metrics: { witness: (name, known) => told.set(name, known) },
    everyMs: 20,
  })
  t.teardown(() => cosigning.stop())
  return { ...cosigning, lines, told }
}

// Says nothing until nobody waits any more.
const silent: WitnessPort['submit'] = (_, signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('not awaited'))))

const sizeOf = (note = '') => readCheckpoint(note)?.size

t.test('what is committed is cosigned by all, served, and known after a restart', async (t) => {
  const folder = join(t.testdir({ store: {} }), 'store')
  let store = await openTestStore({ folder })
  const one = await witness(t, store.vkey, 'w1')
  const two = await witness(t, store.vkey, 'w2')
  await store.log.append(denied(3))
  const first = await collecting(t, store, portOf(one), portOf(two))
  await until('both cosigned', () => sizeOf(first.notes()) === 3 && one.asked.length + two.asked.length === 2)
  await store.log.append(denied(300))
  await until('both cosigned again', () =>
    [one, two].every(({ verifier }) => sizeOf(first.notes(verifier.id)) === 303),
  )
  const note = first.notes() ?? ''
  t.ok(note.startsWith(await store.log.checkpoint()))
  t.ok(one.verifier.find(note))
  t.ok(two.verifier.find(note))
  const read = async (path: string) => {
    const bytes = await filesOf(store.log, first.notes)(path)
    return bytes && Buffer.from(bytes).toString()
  }
  t.equal(await read('checkpoint'), note, 'the newest checkpoint has its cosignatures')
  t.equal(await read('cosigned/newest'), note)
  t.ok(one.verifier.find((await read(`cosigned/${one.verifier.id}`)) ?? ''))
  t.equal(await read('cosigned/00000000'), undefined)
  await until('it is counted', () => first.told.get('w1')?.size === 303)
  t.match(first.told.get('w1'), { size: 303, isCosigning: true, isContradicted: false })
  t.equal(first.lines.length, 2, 'one line a witness, not one a checkpoint')
  await first.stop()

  await store.log.append(denied(1))
  t.equal(await read('checkpoint'), await store.log.checkpoint(), 'one that nobody cosigned yet is served')
  t.equal(await read('cosigned/newest'), note, 'beside the one that they cosigned')
  await store.close()
  store = await openTestStore({ folder })
  t.teardown(() => store.close())
  const away = { verifier: one.verifier, submit: silent }
  const second = await collecting(t, store, away)
  t.equal(sizeOf(second.notes()), 303)
})

t.test('commits are not waited for, and a burst of them is one submission', async (t) => {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  t.teardown(() => store.close())
  const one = await witness(t, store.vkey)
  const { submit, verifier } = portOf(one)
  const gate = Promise.withResolvers<void>()
  let submissions = 0
  const slow: WitnessPort = {
    verifier,
    async submit(...asked) {
      submissions++
      await gate.promise
      return submit(...asked)
    },
  }
  await store.log.append(denied(1))
  const { notes } = await collecting(t, store, slow)
  await until('it is asked', () => submissions === 1)
  for (let i = 0; i < 50; i++) await store.log.append(denied(1))
  t.equal(submissions, 1, 'fifty commits later the first is still being waited for')
  gate.resolve()
  await until('the newest is cosigned', () => sizeOf(notes()) === 51)
  t.ok(submissions <= 3, `${submissions} submissions`)
})

t.test('one that is away is told once, asked again by itself, and told when it is back', async (t) => {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  t.teardown(() => store.close())
  await store.log.append(denied(2))
  const one = await witness(t, store.vkey)
  const two = await witness(t, store.vkey, 'w2')
  const { submit, verifier } = portOf(one)
  const nobody = submitToWitness(`http://127.0.0.1:${await freePort()}`, fetch)
  let isAway = true
  const flaky: WitnessPort = {
    verifier,
    submit: async (...asked) => (isAway ? nobody(...asked) : submit(...asked)),
  }
  const { lines, notes, told } = await collecting(t, store, flaky, portOf(two))
  await until('the other one cosigns', () => sizeOf(notes(two.verifier.id)) === 2)
  await until('it is told', () => lines.some(({ level }) => level === 'warn'))
  t.match(
    lines.find(({ level }) => level === 'warn'),
    { witness: 'w1', reason: 'it can’t be reached (ECONNREFUSED)' },
  )
  t.match(told.get('w1'), { isCosigning: false, isContradicted: false })
  isAway = false
  await until('it cosigns', () => sizeOf(notes(verifier.id)) === 2)
  t.ok(verifier.find(notes() ?? ''))
  t.equal(lines.filter(({ level }) => level === 'warn').length, 1)
})

t.test('a gateway that has forgotten what was cosigned asks the witness', async (t) => {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  t.teardown(() => store.close())
  const one = await witness(t, store.vkey)
  await store.log.append(denied(5))
  const first = await collecting(t, store, portOf(one))
  await until('cosigned', () => sizeOf(first.notes()) === 5)
  await first.stop()
  await store.log.append(denied(4))
  await store.records.remove('cosigned', one.verifier.id)
  const second = await collecting(t, store, portOf(one))
  await until('cosigned', () => sizeOf(second.notes()) === 9)
  t.same(
    one.asked.map(({ status }) => status),
    [200, 409, 200],
  )
})

t.test('what another gateway of the ledger kept meanwhile, and is newer, stays', async (t) => {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  t.teardown(() => store.close())
  const one = await witness(t, store.vkey)
  const { id } = one.verifier
  const { submit, verifier } = portOf(one)
  const newer = { note: PaperLedger.of(8).note() }
  await store.log.append(denied(2))
  const { notes } = await collecting(t, store, {
    verifier,
    async submit(...asked) {
      await store.records.put('cosigned', id, newer)
      return submit(...asked)
    },
  })
  await until('cosigned', () => sizeOf(notes()) === 2)
  t.same(await store.records.get('cosigned', id), newer)
})

t.test('another ledger by the same key is a loud alarm, and gets no cosignature', async (t) => {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  t.teardown(() => store.close())
  await store.log.append(denied(5))
  const one = await witness(t, store.vkey)
  const other = PaperLedger.of(4)
  const seen = { size: 4, root: readCheckpoint(other.note())?.root as Uint8Array, note: other.note() }
  one.state.advance('gw.example/ledger', 0, seen)
  const { lines, notes, told } = await collecting(t, store, portOf(one))
  await until('the alarm', () => lines.some(({ level }) => level === 'error'))
  t.match(lines, [{ level: 'error', code: 'ERR_LEDGER_INVALID', witness: 'w1', size: 4, text: /^FORKED: / }])
  t.match(told.get('w1'), { isContradicted: true, isCosigning: false })
  t.equal(notes(), undefined)

  const same = await witness(t, store.vkey, 'w2')
  const five = PaperLedger.of(5)
  same.state.advance('gw.example/ledger', 0, {
    size: 5,
    root: readCheckpoint(five.note())?.root as Uint8Array,
    note: five.note(),
  })
  const equal = await collecting(t, store, portOf(same))
  await until('the alarm', () => equal.lines.some(({ level }) => level === 'error'))
  t.match(equal.lines, [{ text: /^FORKED: the witness has cosigned 5 entries/ }])
})

t.test('a ledger that was rolled back is an alarm, too', async (t) => {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  t.teardown(() => store.close())
  await store.log.append(denied(5))
  const one = await witness(t, store.vkey)
  const more = PaperLedger.of(8)
  one.state.advance('gw.example/ledger', 0, {
    size: 8,
    root: readCheckpoint(more.note())?.root as Uint8Array,
    note: more.note(),
  })
  const { lines } = await collecting(t, store, portOf(one))
  await until('the alarm', () => lines.length > 0)
  t.match(lines, [{ level: 'error', witness: 'w1', size: 8, text: /^ROLLED BACK: / }])
})

t.test('what is no cosignature by its key is none, whoever answers', async (t) => {
  const store = await openTestStore({ folder: join(t.testdir(), 'store') })
  t.teardown(() => store.close())
  await store.log.append(denied(2))
  const { verifier } = cosignatureKey('w1')
  const other = cosignerOf(generateCosignerKey('w1'))
  const answers: Record<string, [number, string]> = {
    'another key': [200, `${other.cosign('gw.example/ledger\n2\n', Date.now())}\n`],
    nothing: [200, ''],
    'endless text': [200, 'x'.repeat(2_000_000)],
    'not for us': [403, ''],
  }
  for (const [what, [status, body]] of Object.entries(answers)) {
    const server = createServer((_, response) => response.writeHead(status).end(body))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { lines, notes, stop } = await collecting(t, store, portOf({ verifier, url }))
    await until(what, () => lines.length > 0)
    t.match(lines, [{ level: 'warn', witness: 'w1' }], what)
    t.equal(notes(), undefined)
    await stop()
  }
})

function cosignatureKey(name: string) {
  return { verifier: cosignatureVerifier(cosignerOf(generateCosignerKey(name)).vkey) }
}
