// When a write fails: nothing more is accepted, nothing is claimed, and the next start goes on from what the disk holds.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { decision, openFaultyStore, openTestStore, outcomeOf } from '../support/test-store.ts'
import type { Fault } from './faulty-store-worker.ts'

const openFaulty = (folder: string, fault: Omit<Fault, 'engine'>) =>
  openFaultyStore({ folder }, { engine: 'sqlite', ...fault })

const everything = { from: 0, below: 1e9, limit: 1e6 }
const first = decision({ effect: 'deny' })

t.test('the store’s thread ends: the ledger latches', async (t) => {
  const folder = t.testdir()
  const { log, records, close } = await openFaulty(folder, { at: [3], when: 'thread' })
  t.same(await log.append([first]), [0])
  t.equal(log.writable, true)
  const note = await log.checkpoint()
  let commits = 0
  log.onCommit(() => commits++)

  const unknown = log.append([decision({ effect: 'deny' })])
  const together = records.put('token', 'a', 1)
  const [one, two] = await Promise.allSettled([unknown, together])
  t.match(one, { status: 'rejected', reason: { code: 'ERR_LEDGER_UNAVAILABLE', status: 503 } })
  t.match(two, { status: 'rejected', reason: { code: 'ERR_STORE' } })
  t.equal(log.writable, false)
  await t.rejects(log.append([decision()]), { code: 'ERR_LEDGER_UNAVAILABLE' })
  await t.rejects(records.put('token', 'b', 1), { code: 'ERR_STORE' })
  t.equal(await log.checkpoint(), note, 'nothing is claimed that was not acknowledged')
  t.equal(commits, 0)
  await close()

  const after = await openTestStore({ folder })
  t.teardown(() => after.close())
  t.equal((await after.log.read(everything)).length, 1)
  t.same(await after.log.append([decision({ effect: 'deny' })]), [1], 'no gap, no double')
})

t.test('a first start that fails leaves nothing that a second one stumbles over', async (t) => {
  const folder = t.testdir()
  await t.rejects(openFaulty(folder, { at: [1], when: 'before' }), { code: 'ERR_STORE' })
  const { log, close } = await openTestStore({ folder })
  t.same(await log.append([first, outcomeOf(first)]), [0, 1])
  await close()
})

// A limit on the size of files is the one way to a write that fails for real without being root.
const limited = process.platform === 'win32' ? 'needs a POSIX shell' : false
t.test('a disk that is full refuses, and nothing acknowledged is lost', { skip: limited }, async (t) => {
  const folder = t.testdir()
  const script = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url))
  const shell = 'trap "" XFSZ; ulimit -f 256; exec "$0" "$@"'
  const child = spawn('bash', ['-c', shell, process.execPath, script, folder], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  const code = await new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)))
  t.equal(code, 74, 'it ended with the exit code of ERR_LEDGER_UNAVAILABLE')
  const acknowledged = out
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  t.ok(acknowledged.length > 10)
  const { log, close } = await openTestStore({ folder })
  const entries = await log.read(everything)
  for (const [index, exchange = ''] of acknowledged) {
    if (!entries[Number(index)]?.text.includes(exchange))
      t.fail(`entry ${index} is not what was acknowledged`)
  }
  await close()
})
