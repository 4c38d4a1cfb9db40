// Files that are not what they should be, one mistake each: where it is, and what to write instead.
import t from 'tap'
import { inspectConfig, problemLine } from '../../../src/config/load.ts'

const RIGHT = `identity:
  issuer: https://idp.example.com
  client_id: sluice
models:
  - name: qwen-coder
    dialect: openai-chat
    upstream: http://127.0.0.1:9000/v1
policy:
  - rule: engineers
    models: [qwen-coder]
    groups: [engineering]
    mask: { request: [personal], reply: [] }
`
const KEYS =
  'listen, public_url, tls, behind_tls_proxy, store, ledger_key, ledger, identity, roles, models, policy, masking, limits, log'

function problems(text: string, env: Record<string, string> = {}): string[] {
  const readFile = () => ''
  const { problems } = inspectConfig(text, { file: '/sluice.yaml', env, readFile })
  return problems.map((problem) => `${problem.severity} ${problemLine(problem, 'sluice.yaml')}`)
}

/** `a` stands for ten million values. */
function bomb(): string {
  const levels = [...'abcdefg'].map((name, i, all) => {
    const items = i === 0 ? 'x' : `*${all[i - 1]}`
    return `${name}: &${name} [${Array(10).fill(items).join(', ')}]\n`
  })
  return levels.join('')
}

const BROKEN: readonly (readonly [name: string, text: string, said: string])[] = [
  ['a tab', RIGHT.replace('  issuer', '\tissuer'), '2:1  is indented by a tab; YAML wants spaces'],
  ['a key twice', `${RIGHT}store: a\nstore: b\n`, '14:1  repeats a key of the same mapping'],
  ['a key twice within', RIGHT.replace('  client_id', '  issuer'), '3:3  repeats a key of the same mapping'],
  ['two documents', `${RIGHT}---\n${RIGHT}`, '13:1  starts a second document; the file holds one'],
  [
    'an alias of nothing',
    RIGHT.replace('[qwen-coder]', '[*]'),
    '10:14  a value that starts with * needs quotes: "*"',
  ],
  [
    'an alias bomb',
    RIGHT + bomb(),
    '14:8  starts aliases (*name) that repeat one another too often; write the values out',
  ],
  [
    'a value within itself',
    `log: &a { level: *a }\n${RIGHT}`,
    '1:18  log.level: must be one of: debug, info, warn, error',
  ],
  ['a list', '- identity\n- models\n', `1:1  must be a mapping with the keys ${KEYS}`],
  ['a text', 'hello\n', `1:1  must be a mapping with the keys ${KEYS}`],
  ['a page of a proxy', '<!doctype html><p>Sign in', `1:1  must be a mapping with the keys ${KEYS}`],
  ['a NUL', RIGHT.replace('engineering', 'engin\0'), '11:1  has a control character'],
  ['CR alone', RIGHT.replaceAll('\n', '\r'), '1:1  has a line break of CR alone; LF or CRLF is wanted'],
  ['a quote left open', RIGHT.replace('sluice\n', '"sluice\n'), '3:14  a quote, bracket or colon is missing'],
  ['a number for a key', `${RIGHT}1: a\n`, `13:1  1: is an unknown key; Allowed: ${KEYS}`],
  [
    'a reference left open',
    RIGHT.replace('sluice\n', '${env:ID\n'),
    '3:14  identity.client_id: holds a reference that is not closed by }',
  ],
  [
    'a port alone',
    `${RIGHT}listen: 8080\n`,
    '13:9  listen: must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080',
  ],
  [
    'an address that is none',
    `${RIGHT}listen: 127.0.0.256:80\n`,
    '13:9  listen: must have an IP address, such as 127.0.0.1 or [::1], or a name before its port',
  ],
  [
    'an IPv6 address that is none',
    `${RIGHT}listen: "[1:2]:80"\n`,
    '13:9  listen: must have an IP address, such as 127.0.0.1 or [::1], or a name before its port',
  ],
  [
    'a port that is none',
    `${RIGHT}listen: 127.0.0.1:70000\n`,
    '13:9  listen: must have a port from 1 to 65535',
  ],
]

for (const [name, text, said] of BROKEN)
  t.test(name, async (t) => t.same(problems(text), [`error sluice.yaml:${said}`]))

t.test('what nests too deeply is told, not stumbled over', async (t) => {
  t.match(problems(`${RIGHT}store: ${'['.repeat(5_000)}\n`), [
    /^error sluice\.yaml:13:\d+  nests too deeply$/,
  ])
})

t.test('what editors and tools write differently is no mistake', async (t) => {
  const json = JSON.stringify({
    identity: { issuer: 'https://idp.example.com', client_id: 'sluice' },
    models: [{ name: 'm', dialect: 'openai-chat', upstream: 'http://127.0.0.1:9000/v1' }],
    policy: [{ rule: 'r', models: ['*'], groups: ['*'], mask: { request: [], reply: [] } }],
  })
  const same = RIGHT.replace('[qwen-coder]', '&all [qwen-coder]').replace('[engineering]', '*all')
  for (const text of [RIGHT.replaceAll('\n', '\r\n'), `\ufeff${RIGHT}`, `---\n${RIGHT}...\n`, json, same])
    t.same(problems(text), [])
})

t.test(
  'a secret that is said twice by an alias is still a reference, and told once where it leads nowhere',
  async (t) => {
    const text = RIGHT.replace('client_id: sluice', 'client_id: &id ${env:ID}\n  client_secret: *id')
    t.same(problems(text, { ID: 'x' }), [])
    t.same(problems(text), [
      'error sluice.yaml:3:18  identity.client_id: the environment variable ID is not set',
    ])
  },
)

t.test('mistakes of shape and those between keys are told together', async (t) => {
  const text = RIGHT.replace('[qwen-coder]', '[qwen-codre]')
    .replace('issuer: https', 'issuer: http')
    .replace('reply: []', 'reply: none')
    .concat('limit: 1\nlisten: 0.0.0.0:443\nlog: { level: loud }\n')
  t.same(problems(text), [
    'error sluice.yaml:1:1  public_url: is missing: beyond loopback it must be said, such as https://gateway.example.com',
    'error sluice.yaml:2:11  identity.issuer: must be https beyond loopback',
    'error sluice.yaml:12:41  policy[0].mask.reply: must be a list of detectors or [], such as [a, b]',
    `error sluice.yaml:13:1  limit: is an unknown key; did you mean limits? Allowed: ${KEYS}`,
    'error sluice.yaml:14:9  listen: is beyond loopback without TLS; add tls: { cert, key }, or say behind_tls_proxy: true where a proxy in front ends TLS',
    'error sluice.yaml:15:15  log.level: must be one of: debug, info, warn, error',
  ])
  t.match(problems(text.replace('none', '[]').replace('limit: 1\n', '')), [
    /public_url/,
    /issuer/,
    /no rule of the policy names this model/,
    /unknown model; did you mean qwen-coder\?/,
    /listen/,
    /log\.level/,
  ])
})

t.test('limits beyond what can be kept', async (t) => {
  t.same(problems(`${RIGHT}limits: { body: 1GiB, bodies: 4GiB, drain: 99999999m }\n`), [
    'error sluice.yaml:13:17  limits.body: must be at most 256MiB',
    'error sluice.yaml:13:44  limits.drain: must be at most 1440m',
  ])
})

t.test('a name that is near to nothing is not likened to anything', async (t) => {
  for (const name of ['x', '"?"', 'gpt'])
    t.match(
      problems(RIGHT.replace('[qwen-coder]', `[${name}]`))[1],
      /is an unknown model; Allowed: \*, qwen-coder$/,
    )
})
