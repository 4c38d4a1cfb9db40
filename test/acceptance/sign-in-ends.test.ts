// A sign-in that ends while tools work, and clocks that are off: the real gateway, the real binary, the real SDK.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI, { type APIError } from 'openai'
import t, { type Test } from 'tap'
import { freePort } from '../support/free-port.ts'
import { site, type Site } from '../support/real-gateway.ts'
import {
  chunk,
  chunkedHead,
  event,
  completion,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { emptyHome, type Home, type Run } from '../support/sluice.ts'
import { until } from '../support/until.ts'

// A dozen processes of the real binary: slow where others keep the machine busy.
t.setTimeout(120_000)

const WELL = whole(200, 'application/json', completion('well'))

t.test(
  'the sign-in ends while a tool waits: it is told to log in; after that the same tunnel goes on',
  async (t) => {
    const { upstream, gateway } = await setUp(t)
    const { home } = gateway
    await gateway.signIn()
    const connect = home.sluice('connect', 'm', '--port', String(await freePort()))
    const tool = await toolAt(home, connect)
    t.equal(await ask(tool), 'well')

    upstream.script = ({ socket }) =>
      void socket.write(Buffer.concat([Buffer.from(chunkedHead()), chunk(event('Hello there, '))]))
    const stream = await tool.chat.completions.create({
      model: 'm',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    })
    const read = (async () => {
      for await (const _ of stream) await endSignIn(gateway)
    })()
    await t.rejects(read, {
      code: 'ERR_NOT_SIGNED_IN',
      message: /Your sign-in was ended\. Run: sluice login/,
    })
    await until('the model server is hung up on', () => !!upstream.asked.at(-1)?.closed)

    upstream.script = ({ socket }) => void socket.write(WELL)
    for (let i = 0; i < 2; i++) {
      const error = await ask(tool).catch((thrown: APIError) => thrown)
      t.match(error, { status: 401, message: /(sign-in at .* has ended|not signed in).*sluice login/ })
      t.equal(
        (error as APIError).headers?.get('x-should-retry'),
        'false',
        'clients do not ask again and again',
      )
    }

    await gateway.signIn()
    t.equal(await ask(tool), 'well')
    t.match(connect.child.exitCode, null, 'by the same process')
    connect.child.kill('SIGINT')
    t.equal(await connect.ended, 0)
    t.equal(upstream.asked.length, 3, 'nothing else reached the model')
  },
)

for (const [what, hours] of [
  ['3 h behind', -3],
  ['48 h ahead of', 48],
] as const) {
  t.test(`a laptop whose clock is ${what} the gateway's`, async (t) => {
    const { gateway } = await setUp(t)
    const home = emptyHome(t, {
      SLUICE_KEYCHAIN: 'file',
      NODE_OPTIONS: `--import ${new URL('../support/shifted-clock.ts', import.meta.url).href}`,
      CLOCK_AHEAD_MS: String(hours * 3_600_000),
    })
    const login = await gateway.signInAt(home)
    t.match(
      login.stderr(),
      new RegExp(`This machine’s clock is ${what} the gateway’s\\. Set the one that is wrong`),
    )
    t.match(login.stdout(), /^Signed in /)
    const whoami = home.sluice('whoami')
    t.equal(await whoami.ended, 0, whoami.stderr())

    const connect = home.sluice('connect', 'm', '--port', String(await freePort()))
    const tool = await toolAt(home, connect)
    for (let i = 0; i < 3; i++) t.equal(await ask(tool), 'well')
    connect.child.kill('SIGINT')
    t.equal(await connect.ended, 0)
  })
}

async function setUp(t: Test): Promise<{ upstream: ScriptedUpstream; gateway: Site }> {
  const upstream = await startScriptedUpstream(({ socket }) => void socket.write(WELL))
  t.teardown(() => upstream.close())
  const gateway = await site(t, upstream.url)
  await gateway.start()
  return { upstream, gateway }
}

/** A tool that is pointed at the tunnel as `sluice env` says. */
async function toolAt(home: Home, connect: Run): Promise<OpenAI> {
  await connect.prints('Listening ')
  const env = home.sluice('env', 'm', '--format', 'json')
  await env.ended
  const { OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: apiKey } = JSON.parse(env.stdout()) as Record<
    string,
    string
  >
  return new OpenAI({ baseURL, apiKey, maxRetries: 0 })
}

async function ask(tool: OpenAI): Promise<string | null | undefined> {
  const reply = await tool.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
  })
  return reply.choices[0]?.message.content
}

/** Ends the sign-in from elsewhere, as its owner may: by its refresh token (RFC 7009). */
async function endSignIn({ home, port }: Site): Promise<void> {
  const secrets = join(home.folder, 'sluice', 'secrets')
  const [file = ''] = readdirSync(secrets)
  const { refreshToken: token } = JSON.parse(readFileSync(join(secrets, file), 'utf8')) as {
    refreshToken: string
  }
  const body = new URLSearchParams({ client_id: 'sluice-cli', token })
  await fetch(`http://127.0.0.1:${port}/oauth/revoke`, { method: 'POST', body })
}
