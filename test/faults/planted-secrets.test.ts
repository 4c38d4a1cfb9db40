// Secrets planted in everything that a caller, a model server and an operator hand to a real gateway, which then fails in every
// way that it can: none of them comes out in a log line, an error, the metrics, an entry or a file.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { rawCaller } from '../support/raw-caller.ts'
import { site, type Site } from '../support/real-gateway.ts'
import {
  chunk,
  chunkedHead,
  event,
  startScriptedUpstream,
  whole,
  type Asked,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

const PROMPT = 'planted-prompt-7b1f'
const REPLY = 'planted-reply-2c9d'
const COOKIE = 'planted-cookie-e03a'
const STRANGER = 'planted-token-of-nobody-55c1d2'
// As the test's site configures them.
const CREDENTIAL = 'of-the-model-server'
const CLIENT_SECRET = 'of-the-gateway'

let upstream: ScriptedUpstream
let at: Site
let token = ''

// A real gateway and a real sign-in: slow where others keep the machine busy.
t.setTimeout(120_000)

t.before(async () => {
  upstream = await startScriptedUpstream()
  at = await site(t, upstream.url)
})
t.teardown(() => upstream.close())

const url = (): string => `http://127.0.0.1:${at.port}`
const CHAT = '/v1/chat/completions'

function body(change: object = {}): string {
  const messages = [{ role: 'user', content: `${PROMPT} ${PROMPT}@example.org` }]
  return JSON.stringify({ model: 'm', messages, ...change })
}

function post(bytes: string | Buffer, headers: Record<string, string> = {}, path = CHAT): Promise<string> {
  const all = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    cookie: `session=${COOKIE}`,
    'x-api-key': COOKIE,
    ...headers,
  }
  return fetch(url() + path, { method: 'POST', headers: all, body: bytes }).then(told)
}

/** All that came: head, body, and what broke it off. */
async function told(response: Response): Promise<string> {
  const head = JSON.stringify([response.status, ...response.headers])
  return head + (await response.text().catch((error: Error) => String(error.cause)))
}

async function raw(bytes: string): Promise<string> {
  const caller = await rawCaller(url(), bytes)
  await until('it is told', () => caller.came().includes('(req_'))
  caller.socket.end()
  await caller.ended
  return caller.came()
}

const head = (...lines: string[]): string =>
  [`POST ${CHAT}?key=${COOKIE} HTTP/1.1`, 'host: gateway', `cookie: ${COOKIE}`, ...lines].join('\r\n') +
  '\r\n\r\n'
const mine = (): string => `authorization: Bearer ${token}`
const JSON_TYPE = 'content-type: application/json'

const REQUESTS: readonly (readonly [why: string, code: string, ask: () => Promise<string>])[] = [
  ['a token of nobody', 'ERR_TOKEN_INVALID', () => post(body(), { authorization: `Bearer ${STRANGER}` })],
  ['a token in the wrong place', 'ERR_', () => post(body(), { authorization: '', 'x-token': STRANGER })],
  ['malformed JSON', 'ERR_REQUEST_INVALID', () => post(`{"model":"m","messages":[${PROMPT}`)],
  ['a key twice', 'ERR_REQUEST_INVALID', () => post(`{"${PROMPT}":1,"${PROMPT}":2}`)],
  ['a look-alike', 'ERR_REQUEST_INVALID', () => post(body({ Messages: PROMPT }))],
  ['an unknown model', 'ERR_MODEL_UNKNOWN', () => post(body({ model: PROMPT }))],
  ['another type', 'ERR_ENCODING_UNSUPPORTED', () => post(body(), { 'content-type': `text/${PROMPT}` })],
  ['another coding', 'ERR_ENCODING_UNSUPPORTED', () => post(body(), { 'content-encoding': PROMPT })],
  ['not gzip', 'ERR_REQUEST_INVALID', () => post(body(), { 'content-encoding': 'gzip' })],
  ['not UTF-8', 'ERR_REQUEST_INVALID', () => post(Buffer.concat([Buffer.from(PROMPT), Buffer.from([0xff])]))],
  ['too large', 'ERR_REQUEST_TOO_LARGE', () => post(PROMPT.repeat(8_000))],
  ['a part that can’t be inspected', 'ERR_POLICY_DENIED', () => post(body({ audio: { voice: PROMPT } }))],
  ['a finding in an id', 'ERR_POLICY_DENIED', () => post(body({ tool_choice: `${PROMPT}@example.org` }))],
  ['no such path', 'ERR_NOT_FOUND', () => post(body(), {}, `/v1/engines?key=${COOKIE}`)],
  ['an API body that is none', 'ERR_REQUEST_INVALID', () => post(`{${PROMPT}`, {}, '/api/v1/sessions')],
  ['two tokens', 'ERR_REQUEST_INVALID', () => raw(head(mine(), `authorization: Bearer ${STRANGER}`))],
  ['a broken header', 'ERR_REQUEST_INVALID', () => raw(head(mine(), `x-${PROMPT} : ${STRANGER}`))],
  ['a long header', 'ERR_REQUEST_TOO_LARGE', () => raw(head(mine(), `x: ${STRANGER.repeat(1_000)}`))],
  ['no HTTP', 'ERR_REQUEST_INVALID', () => raw(`${PROMPT} ${STRANGER}\r\n\r\n`)],
  [
    'a broken chunk',
    'ERR_REQUEST_INVALID',
    () => raw(head(mine(), JSON_TYPE, 'transfer-encoding: chunked') + `${PROMPT}\r\n`),
  ],
  [
    'a body that never ends',
    'ERR_CALLER_TOO_SLOW',
    () => raw(head(mine(), JSON_TYPE, 'content-length: 1000') + PROMPT),
  ],
]

const json = (text: string): string => JSON.stringify({ error: { message: text, type: REPLY } })
const SECRETS = `${PROMPT} ${REPLY}`
const headed = `x-request: ${REPLY}`

const UPSTREAM: readonly (readonly [
  why: string,
  code: string,
  stream: boolean,
  script: (asked: Asked) => void,
])[] = [
  [
    '500 with the prompt',
    'ERR_UPSTREAM_FAILED',
    false,
    ({ socket, body }) => void socket.write(whole(500, 'application/json', json(body), [headed])),
  ],
  [
    '400 with the prompt',
    'ERR_UPSTREAM_REFUSED',
    false,
    ({ socket, body }) => void socket.write(whole(400, 'text/html', body)),
  ],
  [
    '401 with the credential',
    'ERR_UPSTREAM_FAILED',
    false,
    ({ socket, head }) => void socket.write(whole(401, 'application/json', json(head))),
  ],
  [
    '429 with the prompt',
    'ERR_UPSTREAM_BUSY',
    false,
    ({ socket }) =>
      void socket.write(whole(429, 'application/json', json(SECRETS), [`retry-after: ${REPLY}`])),
  ],
  [
    'a redirect',
    'ERR_UPSTREAM_FAILED',
    false,
    ({ socket }) => void socket.write(whole(307, 'text/plain', REPLY, [`location: http://${REPLY}/`])),
  ],
  [
    'HTML',
    'ERR_UPSTREAM_INVALID',
    false,
    ({ socket }) => void socket.write(whole(200, 'text/html', SECRETS)),
  ],
  [
    'no JSON',
    'ERR_UPSTREAM_INVALID',
    false,
    ({ socket }) => void socket.write(whole(200, 'application/json', `{"${REPLY}`)),
  ],
  ['no HTTP', 'ERR_UPSTREAM_INVALID', false, ({ socket }) => void socket.end(`${SECRETS}\r\n\r\n`)],
  ['an end', 'ERR_UPSTREAM_FAILED', false, ({ socket }) => void socket.destroy()],
  [
    'an event that is none',
    'ERR_UPSTREAM_INVALID',
    true,
    ({ socket }) => void socket.write(chunkedHead() + chunk(`data: {"${REPLY}\n\n`).toString()),
  ],
  [
    'an error as event',
    'ERR_UPSTREAM_FAILED',
    true,
    ({ socket }) => void socket.write(chunkedHead() + chunk(`data: ${json(SECRETS)}\n\n`).toString()),
  ],
  [
    'a break in mid-stream',
    'ERR_UPSTREAM_FAILED',
    true,
    ({ socket }) => void socket.end(chunkedHead() + chunk(event('Hello')).toString()),
  ],
]

t.test('nothing of what was planted comes out', async (t) => {
  at.configure('log: { level: debug }\nlimits: { receive: 1s, body: 100KiB }\n')
  const gateway = await at.start()
  token = await at.signIn()
  const all = [PROMPT, REPLY, COOKIE, STRANGER, CREDENTIAL, CLIENT_SECRET, token]
  const clean = (text: string, where: string): void => {
    for (const secret of all) t.notOk(text.includes(secret), `${secret.slice(0, 24)} in ${where}`)
  }

  for (const [why, code, ask] of REQUESTS) {
    const came = await ask()
    t.ok(came.includes(code), `${why} is ${code}: ${came.slice(0, 300)}`)
    clean(came, `what is told of ${why}`)
  }
  for (const [why, code, stream, script] of UPSTREAM) {
    upstream.script = script
    const came = await post(body({ stream }))
    t.ok(came.includes(code), `${why} is ${code}: ${came.slice(0, 300)}`)
    clean(came, `what is told of ${why}`)
  }
  t.ok(
    upstream.asked.some(({ head, body }) => head.includes(CREDENTIAL) && body.includes(PROMPT)),
    'they were there',
  )
  for (const { head } of upstream.asked) {
    for (const secret of [token, COOKIE, STRANGER]) t.notOk(head.includes(secret), 'nor does a token go up')
  }

  clean(await fetch(`${url()}/metrics`).then((reply) => reply.text()), 'the metrics')
  const tail = at.home.sluice('audit', 'tail', '--no-follow', '--json')
  t.equal(await tail.ended, 0)
  t.match(tail.stdout(), /"kind":"refusal"/)
  clean(tail.stdout() + tail.stderr(), 'audit tail')
  const shown = at.home.sluice('audit', 'tail', '--no-follow')
  await shown.ended
  t.match(shown.stdout(), /refused +m? *chat +\S+ +ERR_REQUEST_INVALID/)
  clean(shown.stdout(), 'audit tail')

  gateway.child.kill('SIGTERM')
  await gateway.ended
  t.match(gateway.stderr(), /"code":"ERR_REQUEST_INVALID"/)
  clean(gateway.stdout() + gateway.stderr(), 'its log')
  clean(JSON.stringify(await at.entries()), 'the ledger')

  for (const path of readdirSync(at.home.folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(at.home.folder, path)
    // Of the configuration the operator is the author, and the sign-in is where the CLI keeps it: for nobody else to read.
    if (path === 'sluice.yaml' || !statSync(file).isFile()) continue
    const { mode } = statSync(file)
    if (path.startsWith(join('sluice', 'secrets'))) t.equal(mode & 0o077, 0, `${path} is its owner’s alone`)
    else clean(readFileSync(file, 'latin1'), path)
  }
})
