import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { inspectConfig, parseConfig, problemLine } from '../../../src/config/load.ts'
import type { Origin } from '../../../src/config/references.ts'
import { TEMPLATE } from '../../../src/config/template.ts'

const MINIMAL = `
identity:
  issuer: https://idp.example.com
  client_id: sluice
models:
  - name: qwen-coder
    dialect: openai-chat
    upstream: http://127.0.0.1:9000/v1/
policy:
  - rule: engineers
    models: [qwen-coder]
    groups: [engineering]
    mask: { request: [personal], reply: [] }
`.trimStart()

function origin(files: Record<string, string> = {}, env: Record<string, string> = {}): Origin {
  return {
    file: '/etc/sluice/sluice.yaml',
    env,
    readFile: (path) => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' })
      return text
    },
  }
}

/** All problems as the lines that a person reads. */
function problems(text: string, from = origin(), detectors?: string[]): string[] {
  const { problems } = inspectConfig(text, from, detectors ? { detectors } : {})
  return problems.map((problem) => `${problem.severity} ${problemLine(problem, from.file)}`)
}

t.test('a minimal file is filled up with defaults', async (t) => {
  t.match(parseConfig(MINIMAL, origin()), {
    listen: { host: '127.0.0.1', port: 8080, loopback: true },
    publicUrl: 'http://127.0.0.1:8080',
    behindTlsProxy: false,
    store: { folder: '/etc/sluice/.sluice' },
    identity: { scopes: ['openid', 'profile', 'email'], groupsClaim: 'groups' },
    roles: { auditor: [] },
    models: [{ upstream: 'http://127.0.0.1:9000/v1', upstreamModel: 'qwen-coder' }],
    limits: {
      bodyBytes: 33_554_432,
      bodiesBytes: 268_435_456,
      drainMs: 30_000,
      receiveMs: 120_000,
      stallMs: 600_000,
      connections: 10_000,
      upstreamMs: { firstByte: 600_000, silence: 300_000, total: 3_600_000 },
    },
    log: { level: 'info' },
    policyInForce: { digest: /^[0-9a-f]{64}$/ },
    configurationInForce: { digest: /^[0-9a-f]{64}$/ },
  })
})

t.test('the file that init writes is right', async (t) => {
  t.same(problems(TEMPLATE, origin({}, { OIDC_CLIENT_SECRET: 's' }), ['personal', 'secrets']), [])
})

t.test('secrets come from the environment and from files', async (t) => {
  const text =
    MINIMAL.replace('client_id: sluice', 'client_id: sluice\n  client_secret: ${env:SECRET}') +
    'store: /var/lib/${env:TENANT}\n'
  const withKey = text.replace('upstream: ', 'credentials: { bearer: "${file:key.txt}" }\n    upstream: ')
  const config = parseConfig(
    withKey,
    origin({ '/etc/sluice/key.txt': 'k1\n' }, { SECRET: 's1', TENANT: 'acme' }),
  )
  t.equal(config.identity.clientSecret, 's1')
  t.same(config.models[0]?.credentials, { header: 'authorization', value: 'Bearer k1' })
  t.same(config.store, { folder: '/var/lib/acme' })
})

t.test('a reference that leads nowhere names itself and its line, once', async (t) => {
  const text = MINIMAL.replace('client_id: sluice', 'client_id: ${env:ID}\n  client_secret: ${file:secret}')
  t.same(problems(text.replace('engineering', '"${vault:x}"'), origin({}, {})), [
    'error sluice.yaml:3:14  identity.client_id: the environment variable ID is not set',
    'error sluice.yaml:4:18  identity.client_secret: the file /etc/sluice/secret does not exist',
    'error sluice.yaml:12:14  policy[0].groups[0]: holds a reference of an unknown form; allowed: ${env:NAME} and ${file:PATH}',
  ])
})

t.test('several errors are listed at once, in order, each with what is allowed', async (t) => {
  const text = MINIMAL.replace('issuer:', 'isuer:')
    .replace('dialect: openai-chat', 'dialect: openai')
    .replace('reply: []', 'replies: []')
    .concat('limit: { body: 1MB }\n')
  t.same(problems(text), [
    'error sluice.yaml:2:3  identity.issuer: is missing: a URL such as https://idp.example.com',
    'error sluice.yaml:2:3  identity.isuer: is an unknown key; did you mean issuer? Allowed: issuer, client_id, client_secret, scopes, groups_claim',
    'error sluice.yaml:6:14  models[0].dialect: must be one of: openai-chat, openai-responses, anthropic, ollama, or a list of them',
    'error sluice.yaml:12:11  policy[0].mask.reply: is missing: a list of detectors or [], such as [a, b]',
    'error sluice.yaml:12:34  policy[0].mask.replies: is an unknown key; did you mean reply? Allowed: request, reply',
    'error sluice.yaml:13:1  limit: is an unknown key; did you mean limits? Allowed: listen, public_url, tls, behind_tls_proxy, store, ledger_key, ledger, identity, roles, models, policy, masking, limits, log',
  ])
  const thrown = t.throws(() => parseConfig(text, origin())) as Error & { nextSteps: string[] }
  t.match(thrown.message, /^\/etc\/sluice\/sluice\.yaml has 6 errors:\nsluice\.yaml:2:3 /)
  t.match(thrown.nextSteps, ['Mend it, then: sluice gateway check sluice.yaml'])
})

t.test('all bodies together have room for the largest one', async (t) => {
  t.same(problems(`${MINIMAL}limits: { body: 64MiB, bodies: 32MiB }\n`), [
    'error sluice.yaml:13:32  limits.bodies: must be at least limits.body: one body has to find room',
  ])
  t.same(problems(`${MINIMAL}limits: { body: 64MiB, bodies: 64MiB }\n`), [])
  t.match(problems(`${MINIMAL}limits: { body: 1GiB }\n`), [/limits\.bodies: must be at least limits\.body/])
})

t.test('an empty file says what it needs', async (t) => {
  t.same(
    problems('# nothing yet\n').map((line) => line.replace(/^.*?  /, '').replace(/:.*/, '')),
    ['identity', 'models', 'policy'],
  )
})

t.test('what is not YAML is told without quoting the file', async (t) => {
  for (const [text, said] of [
    ['credentials: { bearer: ${env:KEY} }\n', /:1:25 .*needs quotes: "\$\{env:NAME\}"/],
    ['client_secret: "hunter2\n', /quote, bracket or colon is missing/],
    ['client_secret: hunter2: x\n', /:1:16 .*second ": "/],
    ['groups: [*]\n', /quotes: "\*"/],
    ['a: 1\na: hunter2\n', /:2:1 .*repeats a key/],
    ['a: !hunter2 1\n', /YAML tag/],
  ] as const) {
    const lines = problems(text)
    t.equal(lines.length, 1)
    t.match(lines[0], said)
    t.notMatch(lines[0], 'hunter2')
  }
})

t.test('no error shows a value of a secret', async (t) => {
  const text = MINIMAL.replace(
    'client_id: sluice',
    'client_id: sluice\n  client_secret: [hunter2]\n  scopes: hunter2',
  )
    .replace('upstream: http', 'credentials: { bearer: "${env:KEY}", header: X }\n    upstream: hunter2')
    .replace('issuer: https', 'issuer: ${env:KEY}')
  const lines = problems(text, origin({}, { KEY: 'hunter2' }))
  t.ok(lines.length >= 2)
  t.notMatch(lines.join(), 'hunter2')
})

t.test('beyond loopback TLS must be settled', async (t) => {
  const beyond = `listen: 0.0.0.0:443\n${MINIMAL}`
  t.match(problems(beyond), [/public_url: is missing/, /listen: is beyond loopback without TLS/])
  t.match(problems(`${beyond}public_url: http://gw.example.com\nbehind_tls_proxy: true\n`), [
    /public_url: must be https beyond loopback/,
  ])
  t.same(problems(`${beyond}public_url: https://gw.example.com/\nbehind_tls_proxy: true\n`), [])
  t.match(problems(`${MINIMAL}public_url: https://gw.example.com\n`), [/TLS ends nowhere/])
  t.match(problems(`${MINIMAL}public_url: http://127.0.0.1:8080/sluice\n`), [/without a path/])
  t.match(problems(MINIMAL.replace('https://idp', 'http://idp')), [/issuer: must be https beyond loopback/])
  t.same(problems(MINIMAL.replace('https://idp.example.com', 'http://localhost:9')), [])
})

t.test('the certificate is looked at before the gateway starts', async (t) => {
  const text = `tls: { cert: cert.pem, key: key.pem }\n${MINIMAL}`
  t.match(problems(text), [
    /cert: the file .*cert.pem does not exist/,
    /key: the file .*key.pem does not exist/,
  ])
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  t.match(problems(text, origin({ '/etc/sluice/cert.pem': 'x', '/etc/sluice/key.pem': pem })), [
    /tls.cert: must be a certificate in PEM/,
  ])
})

t.test('names must exist and be unique', async (t) => {
  const text = MINIMAL.replace('models: [qwen-coder]', 'models: [qwen-codre]').replace(
    '[personal]',
    '[emial]',
  )
  t.match(problems(text, origin(), ['email', 'personal']), [
    /^warning .*models\[0\].name: no rule of the policy names this model/,
    /^error .*policy\[0\].models\[0\]: is an unknown model; did you mean qwen-coder\? Allowed: \*, qwen-coder/,
    /^error .*mask.request\[0\]: is an unknown detector; did you mean email\? Allowed: email, personal/,
  ])
  t.match(problems(`${MINIMAL}${MINIMAL.slice(MINIMAL.indexOf('  - rule'))}`), [
    /policy\[1\].rule: repeats the rule of policy\[0\]/,
  ])
})

t.test('credentials have one form, and are better kept elsewhere', async (t) => {
  const having = (yaml: string) => problems(MINIMAL.replace('dialect', `credentials: ${yaml}\n    dialect`))
  t.match(having('{ header: X-Key }'), [/credentials: must have both header and value/])
  t.match(having('{ bearer: a, header: X, value: b }')[0], /either bearer, or header and value/)
  t.match(having('{ bearer: abc }'), [/^warning .*a secret stands in the file itself/])
  t.match(having('{ header: X-Key, value: "a\\r\\nb" }'), [/^warning/, /one line of printable ASCII/])
})

t.test('the digest of the policy stands for its meaning, not for its spelling', async (t) => {
  const digest = (text: string) => parseConfig(text, origin()).policyInForce.digest
  t.equal(
    digest(MINIMAL),
    digest(
      MINIMAL.replace('{ request: [personal], reply: [] }', '{reply: [], request: ["personal"]} # same'),
    ),
  )
  t.not(digest(MINIMAL), digest(MINIMAL.replace('reply: []', 'reply: [personal]')))
})
