// The texts of policy and configuration that entries name by digest: what they are worth, and that no secret is in them.
import { createHash } from 'node:crypto'
import t from 'tap'
import { parseConfig } from '../../../src/config/load.ts'

const FILE = `store: "postgres://sluice:planted-in-store@127.0.0.1/sluice"
identity: { issuer: "https://idp.example.com", client_id: sluice, client_secret: planted-client-secret }
models:
  - { name: one, dialect: openai-chat, upstream: "http://127.0.0.1:9000/v1", credentials: { bearer: "\${env:KEY}" } }
  - { name: two, dialect: openai-chat, upstream: "http://127.0.0.1:9000/v1", credentials: { header: x-key, value: planted-literal } }
  - { name: six, dialect: openai-chat, upstream: "http://127.0.0.1:9000/v1", credentials: { bearer: "planted-\${env:KEY}" } }
policy: [{ rule: r, models: [one, two, six], groups: [g], mask: { request: [], reply: [] } }]
masking: { mode: hash, hash_key: "\${file:hash.key}", detectors: { bearer: { words: "\${file:names.txt}" } }, modes: { bearer: hash } }
`
const FILES: Record<string, string> = {
  '/etc/sluice/hash.key': 'planted-hash-key-of-24-chars',
  '/etc/sluice/names.txt': 'Bluebird\nNight Owl\n',
}
const config = (text = FILE) =>
  parseConfig(text, {
    file: '/etc/sluice/sluice.yaml',
    env: { KEY: 'planted-by-environment' },
    readFile: (path) => FILES[path] ?? '',
  })
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

t.test('the configuration is kept as it is written, secrets as their references or not at all', async (t) => {
  const { text, digest } = config().configurationInForce
  t.equal(digest, sha256(text))
  t.notMatch(text, 'planted')
  const none = '(a secret, not kept)'
  t.strictSame(JSON.parse(text), {
    store: `postgres://${none}@127.0.0.1/sluice`,
    identity: { issuer: 'https://idp.example.com', client_id: 'sluice', client_secret: none },
    models: [{ bearer: '${env:KEY}' }, { header: 'x-key', value: none }, { bearer: '${env:KEY}' }].map(
      (credentials, at) => ({
        name: ['one', 'two', 'six'][at],
        dialect: 'openai-chat',
        upstream: 'http://127.0.0.1:9000/v1',
        credentials,
      }),
    ),
    policy: [{ rule: 'r', models: ['one', 'two', 'six'], groups: ['g'], mask: { request: [], reply: [] } }],
    masking: {
      mode: 'hash',
      hash_key: '${file:hash.key}',
      detectors: { bearer: { words: '${file:names.txt}' } },
      modes: { bearer: 'hash' },
    },
  })
})

t.test('comments and the order of keys make no difference to it, any value does', async (t) => {
  const { digest } = config().configurationInForce
  t.equal(config(`# a comment\n${FILE}`).configurationInForce.digest, digest)
  t.not(config(FILE.replace('groups: [g]', 'groups: [h]')).configurationInForce.digest, digest)
})

t.test('the policy is kept as it is applied: lists from files with their words, its key not', async (t) => {
  const { text, digest } = config().policyInForce
  t.equal(digest, sha256(text))
  t.match(text, 'Night Owl')
  t.notMatch(text, 'planted')
})
