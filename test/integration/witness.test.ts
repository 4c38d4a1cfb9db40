// `sluice audit witness`, by the real binary, over real HTTP.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { cosignatureVerifier } from '../../src/audit/cosignature.ts'
import { post, requestOf } from '../support/add-checkpoint.ts'
import { PaperLedger } from '../support/paper-ledger.ts'
import { emptyHome, type Home } from '../support/sluice.ts'

t.setTimeout(120_000)

async function witnessIn(home: Home, ledger: PaperLedger, ...more: string[]) {
  const { vkey } = ledger.signer
  const run = home.sluice('audit', 'witness', '--json', '--listen', '127.0.0.1:0', '--log', vkey, ...more)
  await run.prints('\n')
  const [first = ''] = run.stdout().split('\n')
  const serving = JSON.parse(first) as { url: string; vkey: string; logs: string[] }
  return { run, serving, port: Number(new URL(serving.url).port) }
}

async function ends(run: { child: { kill(signal: NodeJS.Signals): boolean }; ended: Promise<number> }) {
  run.child.kill('SIGTERM')
  return run.ended
}

t.test('it cosigns what extends, over its restarts, and says what it did', async (t) => {
  const home = emptyHome(t)
  const ledger = PaperLedger.of(12)
  const first = await witnessIn(home, ledger, '--name', 'witness.example/w1')
  t.match(first.serving, { vkey: /^witness\.example\/w1\+[0-9a-f]{8}\+B/, logs: ['gw.example/ledger'] })
  t.equal(statSync(join(home.folder, 'witness/witness.key')).mode & 0o777, 0o600)
  t.equal(statSync(join(home.folder, 'witness/witness.db')).mode & 0o777, 0o600)
  const verifier = cosignatureVerifier(first.serving.vkey)
  const answer = await post(first.port, requestOf(ledger, 0, 5))
  t.match(answer, { status: 200 })
  t.ok(verifier.find(`${ledger.note(5)}${answer.body}`))
  t.equal(await ends(first.run), 0)
  t.match(first.run.stdout(), /"event":"cosigned","status":200,"origin":"gw\.example\/ledger","size":5/)

  const second = await witnessIn(home, ledger)
  t.equal(second.serving.vkey, first.serving.vkey, 'its key is the one that it made')
  t.same(await post(second.port, requestOf(ledger, 0, 12)), {
    status: 409,
    type: 'text/x.tlog.size',
    body: '5\n',
  })
  const next = await post(second.port, requestOf(ledger, 5, 12))
  t.ok(verifier.find(`${ledger.note()}${next.body}`))
  t.match(await post(second.port, 'old'), { status: 400 })
  t.match(await post(second.port, 'x'.repeat(70_000)), { status: 413 })
  const url = `http://127.0.0.1:${second.port}`
  t.equal((await fetch(`${url}/add-checkpoint`)).status, 405)
  t.equal((await fetch(url, { method: 'POST', body: '' })).status, 404)
})

t.test('a key whose state is lost cosigns nothing any more', async (t) => {
  const home = emptyHome(t)
  const ledger = PaperLedger.of(3)
  const { run } = await witnessIn(home, ledger, '--name', 'w1')
  await ends(run)
  rmSync(join(home.folder, 'witness/witness.db'))
  const again = home.sluice('audit', 'witness', '--listen', '127.0.0.1:0', '--log', ledger.signer.vkey)
  t.equal(await again.ended, 74)
  t.match(again.stderr(), /state is missing: witness\/witness\.db.*new witness, with a new name/s)
  t.notOk(existsSync(join(home.folder, 'witness/witness.db')), 'none is made in its place')
})

t.test('two never cosign by one state', async (t) => {
  const home = emptyHome(t)
  const ledger = PaperLedger.of(3)
  const { run } = await witnessIn(home, ledger, '--name', 'w1')
  const other = home.sluice('audit', 'witness', '--listen', '127.0.0.1:0', '--log', ledger.signer.vkey)
  t.equal(await other.ended, 74)
  t.match(other.stderr(), /Another witness is using witness\/witness\.db/)
  run.child.kill('SIGKILL')
  await run.ended
  const third = await witnessIn(home, ledger)
  t.equal(await ends(third.run), 0, 'what was killed holds nothing')
})

t.test('what it needs is said', async (t) => {
  const home = emptyHome(t)
  const { vkey } = PaperLedger.of(0).signer
  const run = async (...args: string[]) => {
    const { ended, stderr } = home.sluice('audit', 'witness', ...args)
    return { exit: await ended, stderr: stderr() }
  }
  t.match(await run('--log', vkey), { exit: 2, stderr: /--name witness\.example\.com\/w1/ })
  t.match(await run('--log', 'nonsense+00000000+AAAA', '--name', 'w'), {
    exit: 2,
    stderr: /--log is no verifier key/,
  })
  t.match(await run('--log', vkey, '--listen', 'here'), { exit: 2, stderr: /HOST:PORT/ })
})

t.test('one that dies after it wrote and before it answered has seen what it has seen', async (t) => {
  const home = emptyHome(t)
  const ledger = PaperLedger.of(12)
  const folder = join(home.folder, 'witness')
  mkdirSync(folder)
  const script = fileURLToPath(new URL('../support/dying-witness.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, ledger.signer.vkey], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [printed] = (await once(child.stdout, 'data')) as [Buffer]
  await t.rejects(post(Number(printed), requestOf(ledger, 0, 7)), 'nothing is answered')

  const { port, serving } = await witnessIn(home, ledger, '--name', 'w1')
  const other = new PaperLedger([...ledger.texts.slice(0, 6), 'another'])
  t.match(await post(port, requestOf(ledger, 0, 6)), { status: 409, body: '7\n' })
  t.match(await post(port, requestOf(other, 7, 7)), { status: 403 })
  const again = await post(port, requestOf(ledger, 7, 7))
  t.ok(cosignatureVerifier(serving.vkey).find(`${ledger.note(7)}${again.body}`), 'the log asks again')
})

t.test('of requests that race, one is cosigned and the others told its size', async (t) => {
  const home = emptyHome(t)
  const ledger = PaperLedger.of(40)
  const { port } = await witnessIn(home, ledger, '--name', 'w1')
  t.match(await post(port, requestOf(ledger, 0, 3)), { status: 200 })
  const waiting = await Promise.all(
    [8, 40, 15, 21].map((size) => opened(t, port, requestOf(ledger, 3, size))),
  )
  const answers = await Promise.all(waiting.map((finish) => finish()))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  const known = answers.find(({ status }) => status === 409)?.body ?? ''
  t.same(
    answers.filter(({ status }) => status !== 200),
    Array.from({ length: 3 }, () => ({ status: 409, body: known })),
  )
  t.match(await post(port, requestOf(ledger, Number(known), 40)), { status: 200 })
})

/** A request of which all but the last byte is sent; the rest goes, and the answer comes, when the result is called. */
async function opened(t: Test, port: number, body: string) {
  const headers = { 'content-length': Buffer.byteLength(body) }
  const asked = request({ port, host: '127.0.0.1', method: 'POST', path: '/add-checkpoint', headers })
  t.teardown(() => asked.destroy())
  const bytes = Buffer.from(body)
  await new Promise<void>((resolve) => asked.write(bytes.subarray(0, -1), () => resolve()))
  return async () => {
    asked.end(bytes.subarray(-1))
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    const chunks = await response.setEncoding('utf8').toArray()
    return { status: response.statusCode, body: chunks.join('') }
  }
}
