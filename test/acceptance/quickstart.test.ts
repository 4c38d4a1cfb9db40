// The quickstart as a new user runs it; and the README's transcript is what it prints.
import { mkdtempSync, readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { CUSTOMER } from '../../src/demo/model/reply.ts'
import { CONFIDENTIAL } from '../../src/demo/story.ts'

// Each run signs in and chats: slow where others keep the machine busy.
t.setTimeout(180_000)

const root = fileURLToPath(new URL('../../', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'sluice-quickstart-'))
const env = { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1' }
const quickstart = (...flags: string[]) =>
  spawnSync(process.execPath, [`${root}bin/run.js`, 'quickstart', '--once', ...flags], {
    cwd: home,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })

t.test('shows what was typed, what the model received, what came back, and verified entries', (t) => {
  const { status, stdout, stderr } = quickstart()
  t.equal(status, 0, stderr)
  const received = stdout.slice(stdout.indexOf('Model received'), stdout.indexOf('On record'))
  for (const value of [...CONFIDENTIAL, CUSTOMER.email, CUSTOMER.phone, CUSTOMER.card])
    t.notOk(received.includes(value), `${value} is masked`)
  t.match(stdout, /✓ .* allow .*masked aws-key, card, email/)
  t.match(stdout, /✓ .* completed .*masked in the reply: card, email, phone/)
  t.equal(stdout.match(/^Verified /gm)?.length, 3)

  const readme = readFileSync(`${root}README.md`, 'utf8')
  const transcript = /\$ npm run quickstart -- --once\n([^]*?)\n```/.exec(readme)?.[1] ?? ''
  t.equal(normal(stdout), normal(transcript), "the README's transcript is true")
  t.end()
})

t.test('a second run finds its store; --json tells the same', (t) => {
  const { status, stdout, stderr } = quickstart('--json')
  t.equal(status, 0, stderr)
  t.match(JSON.parse(stdout), {
    verified: true,
    checks: [{ ok: true }, { ok: true }, { ok: true }],
    model: 'demo-model',
  })
  t.end()
})

t.test('its port taken, it takes another, and goes on with the first once that is free', async (t) => {
  const squatter = createServer().listen(8080, '127.0.0.1')
  await new Promise((resolve) => squatter.once('listening', resolve).once('error', resolve))
  t.equal(quickstart().status, 0)
  await new Promise((resolve) => squatter.close(resolve))
  const again = quickstart()
  t.equal(again.status, 0, again.stderr)
})

t.test('it leaves nobody signed in', (t) => {
  const { status, stderr } = spawnSync(process.execPath, [`${root}bin/run.js`, 'whoami'], {
    cwd: home,
    env,
    encoding: 'utf8',
  })
  t.equal(status, 4)
  t.match(stderr, /not signed in/)
  t.end()
})

t.test('a model server that is not there is told, and nothing is left running', (t) => {
  const { status, stderr } = quickstart('--upstream', 'http://127.0.0.1:9/v1')
  t.equal(status, 69)
  t.match(stderr, /No model server answers at http:\/\/127\.0\.0\.1:9\/v1\/models/)
  t.end()
})

/** Without what differs from run to run: ports, times, durations, counts of entries. */
function normal(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/\d\d:\d\d:\d\d/g, 'TIME')
    .replace(/[\d.]+ m?s$/gm, 'DURATION')
    .trim()
}
