// models, connect, run and env, by the real binary, signed in at a hand-written gateway.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fakeGateway, type Answer } from '../support/fake-gateway.ts'
import { freePort } from '../support/free-port.ts'
import { signedInHome, type Run } from '../support/sluice.ts'

// Some dozen processes, one after another: slow where others keep the machine busy.
t.setTimeout(120_000)

const OUTCOME = {
  status: 'completed',
  entry: 42,
  masked: { request: { email: 1 }, reply: { 'aws-key': 1 } },
  tokens: { input: 412, output: 96 },
}

const chat: Answer = (request, response) => {
  request.resume()
  response.writeHead(200, { 'sluice-entry': '41', 'sluice-exchange': 'ex_1', trailer: 'sluice-outcome' })
  response.write('hello')
  if (request.url === '/v1/endless') return
  if (request.url === '/v1/slow') return void setTimeout(() => response.end(), 600)
  response.addTrailers({ 'sluice-outcome': JSON.stringify(OUTCOME) })
  response.end()
}

async function setUp(t: Test) {
  const gateway = await fakeGateway(chat)
  t.teardown(() => gateway.stop())
  return { gateway, home: await signedInHome(t, gateway.url, { CI: '1' }) }
}

const post = (url: string, key = '') =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: '{}',
    headers: { authorization: `Bearer ${key}` },
  })

t.test('connect tells where it listens, each request, and how it closed', async (t) => {
  const { home, gateway } = await setUp(t)
  const connect = home.sluice('connect', 'qwen-coder')
  const block = await connect.prints('aider\n')
  const [, url = '', port] =
    /^Listening {2}(http:\/\/127\.0\.0\.1:(\d+)) {2}qwen-coder as ada@example\.dev, until /.exec(block) ?? []
  t.ok(Number(port) >= 4141)
  t.match(block, '\n  eval "$(sluice env qwen-coder)"\n  or: sluice run qwen-coder -- aider\n')
  t.match(block, /\nOn record {2}metadata only; masked in requests: email and aws-key; in replies: email\n/)

  const env = home.sluice('env', 'qwen-coder')
  t.equal(await env.ended, 0)
  const [, key = ''] = /^export OPENAI_API_KEY='(sk-sluice-[\w-]{43})'$/m.exec(env.stdout()) ?? []
  t.equal(
    env.stdout(),
    `export OPENAI_BASE_URL='${url}/v1'\nexport OPENAI_API_BASE='${url}/v1'\nexport OPENAI_API_KEY='${key}'\n`,
  )
  t.equal(env.stderr(), '')

  t.equal(await (await post(url, key)).text(), 'hello')
  await connect.prints(
    /\d\d:\d\d:\d\d {2}chat {2}allowed {2}masked email, aws-key {2}412→96 tokens {2}\d\.\d s\n/,
  )

  connect.child.kill('SIGINT')
  t.equal(await connect.ended, 0)
  t.match(connect.stdout(), /\nClosed {5}by you; 1 request, none cut off\n$/)
  t.equal(gateway.asked.close, 1, 'the session ended with it')
  const state = join(home.folder, 'sluice')
  const [kept = ''] = readdirSync(state).filter((name) => name.startsWith('replies-'))
  t.match(
    JSON.parse(readFileSync(join(state, kept), 'utf8')),
    { subject: 'sub_1', operation: 'chat', exchange: 'ex_1', entry: 41, outcome: 42 },
    'for audit tail, which entries the reply named',
  )
  t.equal(statSync(join(state, kept)).mode & 0o077, 0)

  const after = home.sluice('env', 'qwen-coder', '--format', 'powershell')
  t.equal(await after.ended, 0)
  t.match(after.stdout(), `$env:OPENAI_BASE_URL = '${url}/v1'`)
  t.match(after.stderr(), /No tunnel is open there now.\n {2}→ sluice connect qwen-coder/)
})

t.test('as JSON, one object a line', async (t) => {
  const { home } = await setUp(t)
  const connect = home.sluice('connect', 'qwen-coder', '--json', '--keyless')
  const { url } = JSON.parse(await connect.prints('\n'))
  await (await post(url)).text()
  await connect.prints('"request"')
  connect.child.kill('SIGTERM')
  t.equal(await connect.ended, 0)
  t.match(
    connect
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      {
        event: 'listening',
        model: 'qwen-coder',
        subject: { name: 'ada@example.dev' },
        record: 'metadata',
        access: /^(user|machine)$/,
      },
      { event: 'request', operation: 'chat', status: 200, ended: 'finished', entry: 41, outcome: OUTCOME },
      { event: 'closed', reason: 'SIGTERM', requests: 1, cutOff: 0 },
    ],
  )
})

t.test('^C waits for what is on the way; a second one cuts it off', async (t) => {
  const { home } = await setUp(t)
  const connect = home.sluice('connect', 'qwen-coder', '--keyless')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await connect.prints('aider\n')) ?? []
  const endless = await fetch(`${url}/v1/endless`)
  connect.child.kill('SIGINT')
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.match(connect.stderr(), /Waiting for 1 on the way; \^C again cuts off\./)
  t.notMatch(connect.stdout(), /Closed/)
  connect.child.kill('SIGINT')
  t.equal(await connect.ended, 0)
  t.match(connect.stdout(), /cut off {2}\d\.\d s\nClosed {5}by you; 1 request, 1 cut off\n$/)
  await t.rejects(endless.text())
})

t.test('one ^C that arrives twice is one', async (t) => {
  const { home } = await setUp(t)
  const connect = home.sluice('connect', 'qwen-coder', '--keyless')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await connect.prints('aider\n')) ?? []
  const response = await fetch(`${url}/v1/slow`)
  connect.child.kill('SIGINT')
  setTimeout(() => connect.child.kill('SIGINT'), 20)
  t.equal(await response.text(), 'hello', 'what was on the way came through')
  t.equal(await connect.ended, 0)
  t.match(connect.stdout(), /Closed {5}by you; 1 request, none cut off\n$/)
})

t.test('it ends when nobody reads what it prints', async (t) => {
  const { home, gateway } = await setUp(t)
  const connect = home.sluice('connect', 'qwen-coder', '--keyless', '--port', String(await freePort()))
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await connect.prints('aider\n')) ?? []
  connect.child.stdout?.destroy()
  await (await post(url)).text()
  t.equal(await connect.ended, 0, connect.stderr())
  t.equal(connect.stderr(), '')
  t.equal(gateway.asked.close, 1)

  const quiet = home.sluice('connect', 'qwen-coder', '--keyless', '--port', String(await freePort()))
  await quiet.prints('aider\n')
  quiet.child.stdout?.destroy()
  quiet.child.kill('SIGINT')
  t.equal(await quiet.ended, 0)
  t.equal(quiet.stderr(), '', 'as after `connect | head -1` and ^C')
})

t.test('a port that is taken, and a model that is not served, are told', async (t) => {
  const { home, gateway } = await setUp(t)
  const { port } = new URL(gateway.url)
  const taken = home.sluice('connect', 'qwen-coder', '--port', port)
  t.equal(await taken.ended, 73)
  t.match(
    taken.stderr(),
    new RegExp(`^Error: Port ${port} is in use by node .*\\(pid ${process.pid}\\)\\.\n  → Name another`),
  )
  t.equal(gateway.asked.close, 1, 'and no session is left')
  const unknown = home.sluice('run', 'gpt-9', '--', 'true')
  t.equal(await unknown.ended, 6)
  t.match(unknown.stderr(), /No such model is served to you/)
})

t.test(
  'a model keeps its port; another that stands in for it is told, found by env, and not kept',
  async (t) => {
    const { home } = await setUp(t)
    const [own, other] = [await freePort(), await freePort()]
    const open = async (...args: string[]) => {
      const connect = home.sluice('connect', 'qwen-coder', ...args)
      const [, port] = /127\.0\.0\.1:(\d+) /.exec(await connect.prints('aider\n')) ?? []
      return { connect, port: Number(port) }
    }
    const close = async ({ child, ended }: Run) => {
      child.kill('SIGINT')
      await ended
    }
    const env = async () => {
      const run = home.sluice('env', 'qwen-coder')
      t.equal(await run.ended, 0)
      return { port: Number(/:(\d+)\/v1/.exec(run.stdout())?.[1]), remark: run.stderr() }
    }

    const first = await open('--port', String(own))
    const second = await open()
    const holder =
      process.platform === 'linux' ? ` by node \\S+run\\.js \\(pid ${first.connect.child.pid}\\)` : ''
    t.match(
      second.connect.stderr(),
      new RegExp(`^${own} is in use${holder}; listening on ${second.port}\\.\n$`),
    )
    t.same(await env(), { port: second.port, remark: '' })
    await close(first.connect)
    await close(second.connect)
    t.match(await env(), { port: own, remark: /No tunnel is open/ })

    const elsewhere = await open('--port', String(other))
    t.same(await env(), { port: other, remark: '' })
    await close(elsewhere.connect)
    const again = await open()
    t.equal(again.port, own)
    t.equal(again.connect.stderr(), '')
    await close(again.connect)
  },
)

t.test('run gives a command the variables and ends as it ends', async (t) => {
  const { home } = await setUp(t)
  const script = `const headers = { authorization: 'Bearer ' + process.env.OPENAI_API_KEY }
    fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: '{}', headers })
    .then((response) => response.text())
    .then((text) => { console.log(text, process.env.OPENAI_API_KEY, process.argv.at(-1)); process.exitCode = 7 })`
  const run = home.sluice(
    'run',
    'qwen-coder',
    '--verbose',
    '--',
    process.execPath,
    '-e',
    script,
    '--',
    '--json',
  )
  t.equal(await run.ended, 7, run.stderr())
  t.match(run.stdout(), /^hello sk-sluice-[\w-]{43} --json\n$/)
  t.match(run.stderr(), /chat {2}allowed .*\nClosed {5}the command has ended; 1 request, none cut off\n$/)

  const killed = home.sluice(
    'run',
    'qwen-coder',
    '--',
    process.execPath,
    '-e',
    'console.log("up"); setInterval(() => 0, 1e6)',
  )
  await killed.prints('up')
  killed.child.kill('SIGTERM')
  t.equal(await killed.ended, 143)

  const none = home.sluice('run', 'qwen-coder')
  t.equal(await none.ended, 2)
  t.match(none.stderr(), /Put it after --/)
  const missing = home.sluice('run', 'qwen-coder', '--', 'no-such-command-here')
  t.equal(await missing.ended, 127)
  t.match(missing.stderr(), /The command no-such-command-here was not found\./)
  const folder = home.sluice('run', 'qwen-coder', '--', home.folder)
  t.equal(await folder.ended, 126)
  t.match(folder.stderr(), /can't be started \(EACCES\)/)
})

t.test('the clients of each API that the model is reached by find it', async (t) => {
  const { home, gateway } = await setUp(t)
  gateway.dialects = ['openai-responses', 'anthropic', 'ollama']
  const OURS = /^(OPENAI|ANTHROPIC|OLLAMA)_/
  const script = `console.log(JSON.stringify(Object.entries(process.env).filter(([name]) => ${String(OURS)}.test(name))))`
  const run = home.sluice('run', 'qwen-coder', '--', process.execPath, '-e', script)
  t.equal(await run.ended, 0, run.stderr())
  const given = Object.fromEntries(JSON.parse(run.stdout()) as [string, string][])
  const [, url, key] =
    /^(http:\/\/127\.0\.0\.1:\d+)\/(sk-sluice-[\w-]{43})$/.exec(given['OLLAMA_HOST'] ?? '') ?? []
  t.same(given, {
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_BASE: `${url}/v1`,
    OPENAI_API_KEY: key,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_API_KEY: '',
    ANTHROPIC_MODEL: 'qwen-coder',
    ANTHROPIC_DEFAULT_OPUS_MODEL: 'qwen-coder',
    ANTHROPIC_DEFAULT_SONNET_MODEL: 'qwen-coder',
    ANTHROPIC_DEFAULT_HAIKU_MODEL: 'qwen-coder',
    OLLAMA_HOST: `${url}/${key}`,
  })

  const connect = home.sluice('connect', 'qwen-coder')
  const block = await connect.prints('aider\n')
  const [, base = ''] = /^OpenAI {5}(\S+)\/v1$/m.exec(block) ?? []
  t.match(block, `\nAnthropic  ${base}\nOllama     ${base}/KEY  the KEY as env tells it\n`)
  connect.child.kill('SIGINT')
  await connect.ended
  const env = home.sluice('env', 'qwen-coder', '--format', 'json')
  t.equal(await env.ended, 0, 'also while it is closed')
  const variables = JSON.parse(env.stdout()) as Record<string, string>
  t.same(Object.keys(variables).toSorted(), Object.keys(given).toSorted())
  t.equal(variables['ANTHROPIC_BASE_URL'], base)
})

t.test('models', async (t) => {
  const { home } = await setUp(t)
  const models = home.sluice('models')
  t.equal(await models.ended, 0)
  t.equal(
    models.stdout(),
    'MODEL       MASKED IN REQUESTS  MASKED IN REPLIES  ON RECORD\nqwen-coder  email, aws-key      email              metadata\n',
  )
  const json = home.sluice('models', '--json')
  t.equal(await json.ended, 0)
  t.match(JSON.parse(json.stdout()), { models: [{ name: 'qwen-coder', record: 'metadata' }] })
})

t.test('without a sign-in every one of them says so', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  const { home } = await setUp(t)
  const other = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const args of [['models'], ['connect', 'm'], ['run', 'm', '--', 'true'], ['env', 'm']]) {
    const [verb = '', ...rest] = args
    const run = home.sluice(verb, '--gateway', other, ...rest)
    t.equal(await run.ended, 4)
    t.match(run.stderr(), new RegExp(`You have never signed in at ${other}`))
  }
})
