// The main job on real parts: a person signs in through Chromium, the token rests in a Secret Service, `connect` opens a
// tunnel, the openai SDK chats plain and streamed, and `audit tail` shows it, verified.
import OpenAI from 'openai'
import t from 'tap'
import { CUSTOMER } from '../../src/demo/model/reply.ts'
import { startDemonstrationModel } from '../../src/demo/model/server.ts'
import { missingForChromium, newBrowserPage, signInOnPages } from '../integration/support/chromium.ts'
import { missingForSecretService, startSecretService } from '../integration/support/secret-service.ts'
import { freePort } from '../support/free-port.ts'
import { site } from '../support/real-gateway.ts'
import { emptyHome, printedUrl } from '../support/sluice.ts'
import { until } from '../support/until.ts'

const skip = missingForChromium() ?? missingForSecretService() ?? false
const PROMPT = 'Write to bob.miller@example.org about the refund.'

t.test('from a login in the browser to a verified record', { skip, timeout: 90_000 }, async (t) => {
  await startSecretService(t)
  const model = await startDemonstrationModel({ pace: 2 })
  t.teardown(() => model.close())
  const gateway = await site(t, model.url)
  gateway.configure()
  await gateway.start()
  const home = emptyHome(t, {
    DBUS_SESSION_BUS_ADDRESS: process.env['DBUS_SESSION_BUS_ADDRESS'] ?? '',
    BROWSER: 'true',
  })

  const login = home.sluice('login', `http://127.0.0.1:${gateway.port}`)
  await signInOnPages(
    await newBrowserPage(t),
    await printedUrl(login),
    'ada@example.dev',
    gateway.provider.password,
  )
  t.equal(await login.ended, 0, login.stderr())
  t.notMatch(login.stderr(), /kept in a file/, 'the keychain holds the token')

  const connect = home.sluice('connect', 'm', '--port', String(await freePort()))
  const block = await connect.prints('aider\n')
  const [, url = ''] =
    /Listening {2}(http:\/\/127\.0\.0\.1:\d+) {2}m as ada@example\.dev, until/.exec(block) ?? []
  const env = home.sluice('env', 'm', '--format', 'json')
  t.equal(await env.ended, 0, env.stderr())
  const { OPENAI_BASE_URL: baseURL = '', OPENAI_API_KEY: apiKey = '' } = JSON.parse(env.stdout()) as Record<
    string,
    string
  >
  t.equal(baseURL, `${url}/v1`)
  const openai = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
  const ask = { model: 'm', messages: [{ role: 'user' as const, content: PROMPT }] }

  const plain = await openai.chat.completions.create(ask)
  t.match(plain.choices[0]?.message.content, 'You asked: "Write to [EMAIL] about the refund."')
  let streamed = ''
  for await (const chunk of await openai.chat.completions.create({ ...ask, stream: true })) {
    streamed += chunk.choices[0]?.delta.content ?? ''
  }
  t.equal(streamed, plain.choices[0]?.message.content, 'streamed and plain say the same')
  t.notMatch(streamed, CUSTOMER.email)
  t.match(
    await connect.prints(/allowed.*\n.*allowed.*\n/),
    /chat {2}allowed {2}masked email {2}\d+→\d+ tokens {2}/,
  )

  const long = { ...ask, messages: [{ role: 'user' as const, content: 'word '.repeat(5_000) }] }
  for await (const _ of await openai.chat.completions.create({ ...long, stream: true })) break
  const cut = model.received.at(-1)
  await until('the model server is told to stop', () => cut?.ended === 'aborted')
  t.ok((cut?.events ?? Infinity) < 2_000, `${cut?.events} of some 10,000 events were made`)

  for (const { body, headers } of model.received) {
    t.notMatch(body, 'bob.miller')
    t.equal(headers['authorization'], 'Bearer of-the-model-server', 'never the caller’s token')
  }

  connect.child.kill('SIGINT')
  t.equal(await connect.ended, 0)
  t.match(connect.stdout(), /Closed {5}by you; 3 requests, none cut off/)

  const tail = home.sluice('audit', 'tail', '--no-follow', '--json')
  t.equal(await tail.ended, 0, tail.stderr())
  const lines = tail
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { verified: boolean; entry: Record<string, unknown> })
  t.ok(lines.every(({ verified }) => verified))
  t.same(
    lines.filter(({ entry }) => entry['kind'] === 'outcome').map(({ entry }) => entry['status']),
    ['completed', 'completed', 'cancelled'],
  )
  t.match(tail.stderr(), /Verified {2}\d+ entries against the checkpoint of \d+/)
})
