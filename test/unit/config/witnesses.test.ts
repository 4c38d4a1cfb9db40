// Who is asked to cosign the ledger: named by address and key.
import t from 'tap'
import { cosignerOf, generateCosignerKey } from '../../../src/audit/cosignature.ts'
import { generateSkey, signerOf } from '../../../src/audit/note.ts'
import { inspectConfig, problemLine } from '../../../src/config/load.ts'

const REST = `
identity: { issuer: https://idp.example.com, client_id: sluice }
models: [{ name: m, dialect: openai-chat, upstream: http://127.0.0.1:9000/v1 }]
policy: [{ rule: r, models: [m], groups: ["*"], mask: { request: [], reply: [] } }]
`
const { vkey } = cosignerOf(generateCosignerKey('witness.example/w1'))

function inspect(witnesses: string) {
  const origin = {
    file: '/etc/sluice/sluice.yaml',
    env: {},
    readFile: () => {
      throw Object.assign(new Error('no'), { code: 'ENOENT' })
    },
  }
  const flawOfWitness = (key: string) => (key === vkey ? undefined : 'does not match its own hash')
  const { config, problems } = inspectConfig(`ledger: { witnesses: [${witnesses}] }\n${REST}`, origin, {
    flawOfWitness,
  })
  return {
    witnesses: config?.witnesses,
    problems: problems.map((problem) => `${problem.severity} ${problemLine(problem, 'sluice.yaml')}`),
  }
}

t.test('a witness, by its address and its key', async (t) => {
  t.same(inspect(`{ url: 'http://w.example:8095', vkey: ${vkey} }`), {
    witnesses: [{ url: 'http://w.example:8095', vkey }],
    problems: [],
  })
  t.same(inspect(''), { witnesses: [], problems: [] })
})

t.test('what is no witness is told', async (t) => {
  const cases: readonly (readonly [witnesses: string, told: RegExp])[] = [
    [`{ url: 'w.example', vkey: ${vkey} }`, /witnesses\[0\]\.url: must be a URL/],
    [
      `{ url: 'http://w.example', vkey: ${signerOf(generateSkey('gw')).vkey} }`,
      /\[0\]\.vkey: must be a witness’s key/,
    ],
    [
      `{ url: 'http://w.example', vkey: ${vkey.replace(/\+[0-9a-f]{8}/, '+00000000')} }`,
      /match its own hash/,
    ],
    [`{ url: 'http://w.example' }`, /\[0\]\.vkey: is missing/],
    [
      `{ url: 'http://a.example', vkey: ${vkey} }, { url: 'http://b.example', vkey: ${vkey} }`,
      /\[1\]\.vkey: repeats the vkey of ledger\.witnesses\[0\]/,
    ],
  ]
  for (const [witnesses, told] of cases) {
    const { problems } = inspect(witnesses)
    t.equal(problems.length, 1, witnesses)
    t.match(problems[0], told)
  }
})
