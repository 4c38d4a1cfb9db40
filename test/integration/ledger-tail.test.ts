// `sluice audit tail`, by the real binary, against the audit API on a real store.
import { appendFile, cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stateFile } from '../../src/adapters/client-state/state-file.ts'
import type { Store } from '../../src/adapters/sql/open-store.ts'
import { withGateway } from '../../src/login/client-state.ts'
import { startAuditGateway } from '../support/audit-gateway.ts'
import { signedInHome } from '../support/sluice.ts'
import { ADA, decision, GRACE, openTestStore, outcomeOf } from '../support/test-store.ts'
import { until } from '../support/until.ts'

async function setUp(t: Test) {
  const folder = join(t.testdir(), 'store')
  let store = await openTestStore({ folder })
  let gateway = await startAuditGateway(store.log)
  t.teardown(async () => {
    await gateway.stop()
    await store.close()
  })
  const home = await signedInHome(t, gateway.url)
  const state = stateFile(join(home.folder, 'sluice'))
  const ledger = { origin: 'gw.example/ledger', vkey: store.vkey }
  await state.update((now) => withGateway(now, gateway.url, { ledger }))
  return {
    home,
    pin: async () => (await state.load()).gateways[gateway.url]?.pin,
    gateway: () => gateway,
    store: () => store,
    /** Stops the gateway, does something to the store's folder, and starts again at the same address. */
    async restart(meanwhile: (folder: string) => Promise<void>) {
      await gateway.stop()
      await store.close()
      await meanwhile(folder)
      store = await openTestStore({ folder })
      gateway = await startAuditGateway(store.log, {}, gateway.port)
    },
  }
}

/** One exchange of Ada's, decided and completed. */
async function exchange(store: Store): Promise<void> {
  const decided = decision({ findings: { email: 1, 'aws-key': 2 } })
  await store.log.append([decided])
  await store.log.append([{ ...outcomeOf(decided), tokens: { input: 412, output: 96 } }])
}

t.test('shows what is on record, verified, and pins the checkpoint', async (t) => {
  const { home, pin, store } = await setUp(t)
  await store().log.append([decision({ effect: 'deny', subject: GRACE })])
  await exchange(store())
  const tail = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await tail.ended, 0, tail.stderr())
  const [first, second, end] = tail.stdout().split('\n')
  t.match(
    first,
    /^\d\d:\d\d:\d\d {2}#1 {5}allow {8}qwen-coder {2}chat {2}ada@example\.dev {2}masked aws-key, email$/,
  )
  t.match(
    second,
    /^\d\d:\d\d:\d\d {2}#2 {5}completed {4}qwen-coder {2}ada@example\.dev {2}412→96 tokens {2}1\.8 s$/,
  )
  t.equal(end, '')
  t.equal(
    tail.stderr(),
    'Verified  2 entries against the checkpoint of 3 in gw.example/ledger; pinned now for the first time\n',
  )
  t.equal(await pin(), await store().log.checkpoint())

  await exchange(store())
  const json = home.sluice('audit', 'tail', '--no-follow', '--json', '--since', '1h')
  t.equal(await json.ended, 0)
  t.match(
    json
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [1, 2, 3, 4].map((index) => ({
      index,
      entry: { subject: ADA },
      verified: true,
      checkpoint: { size: 5 },
    })),
  )
  t.equal(
    json.stderr(),
    'Verified  4 entries against the checkpoint of 5 in gw.example/ledger; it extends the one pinned\n',
  )
})

t.test('follows, over a gateway that restarts, until ^C', async (t) => {
  const { home, pin, restart, store } = await setUp(t)
  await exchange(store())
  const tail = home.sluice('audit', 'tail')
  await tail.prints('#1 ')
  await exchange(store())
  await tail.prints('#3 ')
  await restart(async () => {})
  await exchange(store())
  await tail.prints('#5 ')
  t.match(tail.stderr(), /^Lost {6}The connection to the gateway broke off. Trying again in 0.5 s.\n/)
  tail.child.kill('SIGINT')
  t.equal(await tail.ended, 0)
  t.match(tail.stderr(), 'Verified  6 entries against the checkpoint of 6 in gw.example/ledger; pinned now')
  t.equal(await pin(), await store().log.checkpoint())
})

t.test('everyone’s entries are for auditors; nobody’s names steer the terminal', async (t) => {
  const { home, store } = await setUp(t)
  await store().log.append([decision({ model: 'evil\u001b[2J\u202emodel', effect: 'deny' })])
  const all = home.sluice('audit', 'tail', '--all', '--no-follow')
  t.equal(await all.ended, 5)
  t.match(all.stderr(), 'Error: Everyone’s entries are for auditors.')
  const own = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await own.ended, 0)
  t.match(own.stdout(), 'evil\\u{1b}[2J\\u{202e}model')
  t.notMatch(own.stdout(), '\u001b')
  const wrong = home.sluice('audit', 'tail', '--since', 'noon')
  t.equal(await wrong.ended, 2)
})

t.test('where none of the entries is the reader’s, that is what it says', async (t) => {
  const { home, store } = await setUp(t)
  await store().log.append([decision({ subject: GRACE })])
  const tail = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await tail.ended, 0)
  t.equal(tail.stdout(), '')
  t.match(
    tail.stderr(),
    /^Verified {2}the checkpoint of 1 in gw\.example\/ledger; no entries of yours; pinned now/,
  )
  const since = home.sluice('audit', 'tail', '--no-follow', '--since', '1h')
  t.equal(await since.ended, 0)
  t.match(since.stderr(), '; no entries of yours since then; it is the one pinned')
})

t.test('an altered entry is not printed, and named', async (t) => {
  const { gateway, home, pin, store } = await setUp(t)
  await exchange(store())
  gateway().falsify = (line) => line.replace('\\"status\\":\\"completed\\"', '\\"status\\":\\"failed\\"')
  const tail = home.sluice('audit', 'tail')
  t.equal(await tail.ended, 10)
  t.match(tail.stdout(), /^[^\n]*#0 .*\n$/)
  t.match(
    tail.stderr(),
    'Error: The ledger does not verify: entry 1 is not what the checkpoint of size 2 covers there.',
  )
  t.equal(await pin(), await store().log.checkpoint(), 'the signed checkpoint stays pinned, as evidence')
})

t.test('a store that was rolled back, or went another way since, is refused', async (t) => {
  const { home, restart, store } = await setUp(t)
  await exchange(store())
  await restart((folder) => cp(folder, `${folder}-backup`, { recursive: true }))
  await exchange(store())
  t.equal(await home.sluice('audit', 'tail', '--no-follow').ended, 0)
  await restart(async (folder) => {
    await rm(folder, { recursive: true })
    await cp(`${folder}-backup`, folder, { recursive: true })
  })
  const rolledBack = home.sluice('audit', 'tail', '--no-follow', '--json')
  t.equal(await rolledBack.ended, 10)
  t.match(JSON.parse(rolledBack.stdout()), {
    error: { code: 'ERR_LEDGER_INVALID', message: /rolled back: it held 4 entries, now it says 2/ },
  })
  await exchange(store())
  const forked = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await forked.ended, 10)
  t.match(forked.stderr(), /forked: two checkpoints of size 4 have different roots/)
  await exchange(store())
  const rewritten = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await rewritten.ended, 10)
  t.match(rewritten.stderr(), /forked or rewritten before entry 4/)
  t.equal(rewritten.stdout(), '')
})

t.test('a ledger under another key is refused', async (t) => {
  const { home, restart, store } = await setUp(t)
  await exchange(store())
  await restart((folder) => rm(folder, { recursive: true }))
  await exchange(store())
  const tail = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await tail.ended, 10)
  t.match(tail.stderr(), 'a checkpoint is not signed by gw.example/ledger')
})

t.test('replies of this machine whose entries are not on record are told', async (t) => {
  const { home, store } = await setUp(t)
  const decided = decision()
  await store().log.append([decided, outcomeOf(decided)])
  await exchange(store())
  const [, , third] = await store().log.read({ from: 0, below: 4, limit: 4 })
  const { exchange: other } = JSON.parse(third?.text ?? '') as { exchange: string }
  const url = (await stateFile(join(home.folder, 'sluice')).load()).current ?? ''
  const path = join(home.folder, 'sluice', `replies-${url.replace(/[^a-z0-9.]+/gi, '-')}.jsonl`)
  const at = Date.now()
  const reply = { at, subject: 'sub_1', operation: 'chat' }
  const borneOut = [
    { ...reply, exchange: decided.exchange, entry: 0, outcome: 1 },
    { ...reply, exchange: other, entry: 2 },
    { ...reply, subject: 'sub_2', exchange: 'ex_of-another-person', entry: 0 },
  ]
  await writeFile(path, `${borneOut.map((line) => JSON.stringify(line)).join('\n')}\nbroken\n{"at":1}\n`)
  const fine = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await fine.ended, 0, fine.stderr())
  t.notMatch(fine.stderr(), 'Missing')

  const lines = [
    { ...reply, exchange: 'ex_changed', entry: 2, outcome: 3 },
    { ...reply, exchange: 'ex_lost\u001b[2J', entry: 40, outcome: 41 },
    { ...reply, exchange: decided.exchange, entry: 0, outcome: 2 },
    { ...reply },
  ]
  await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const tail = home.sluice('audit', 'tail', '--no-follow')
  t.equal(await tail.ended, 10)
  t.match(tail.stdout(), /#0 [^]*#1 [^]*#2 [^]*#3 /, 'what is on record is shown')
  const missing = tail.stderr().match(/^Missing .*$/gm) ?? []
  t.match(missing, [
    /chat {2}ex_changed {2}its reply named entry 2, which is not on record as its own$/,
    new RegExp(`chat {2}${decided.exchange} {2}its reply named entry 2, `),
    /chat {2}ex_lost\\u\{1b\}\[2J {2}its reply named entry 40, /,
    /chat {2}its reply named no entry$/,
  ])
  t.equal(missing.length, 4)
  t.match(
    tail.stderr(),
    'Error: 3 replies that this machine got name an entry that is not on record as theirs.',
  )
  const since = home.sluice('audit', 'tail', '--no-follow', '--since', new Date(at + 1000).toISOString())
  t.equal(await since.ended, 0, 'of an earlier time')
})

t.test('replies that come while a tail is open are looked for, too', async (t) => {
  const { home, store } = await setUp(t)
  const append = async () => {
    const decided = decision()
    await store().log.append([decided, outcomeOf(decided)])
    return decided.exchange
  }
  const url = (await stateFile(join(home.folder, 'sluice')).load()).current ?? ''
  const path = join(home.folder, 'sluice', `replies-${url.replace(/[^a-z0-9.]+/gi, '-')}.jsonl`)
  const reply = { at: Date.now(), subject: 'sub_1', operation: 'chat' }
  const replied = (...lines: object[]) =>
    appendFile(path, lines.map((line) => `${JSON.stringify({ ...reply, ...line })}\n`).join(''))
  const first = await append()
  const tail = home.sluice('audit', 'tail')
  await tail.prints('#1 ')
  await replied({ exchange: first, entry: 0, outcome: 1 }, { exchange: 'ex_passed', entry: 1 })
  await until('what has passed is told', () => tail.stderr().includes('ex_passed'))
  await replied({ exchange: 'ex_to-come', entry: 3 })
  const second = await append()
  await tail.prints('#3 ')
  await replied({ exchange: second, entry: 2, outcome: 3 }, { exchange: 'ex_not-yet', entry: 4 })
  await until('what had not come then is told', () => tail.stderr().includes('ex_to-come'))
  tail.child.kill('SIGTERM')
  t.equal(await tail.ended, 10)
  t.match(tail.stderr().match(/^Missing .*$/gm), [/ex_passed {2}its reply named entry 1,/, /ex_to-come/])
  t.equal(tail.stderr().match(/^Missing /gm)?.length, 2, 'and no others')
})
