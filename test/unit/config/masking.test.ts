// `masking` in sluice.yaml: the company's own detectors and modes, and each mistake by line and key.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { inspectConfig, parseConfig, problemLine } from '../../../src/config/load.ts'
import { builtIn } from '../../../src/masking/catalogue.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import { catalogueOf, flawsOf } from '../../../src/masking/own.ts'

const HEAD = `identity: { issuer: "https://idp.example.com", client_id: sluice }
models: [{ name: m, dialect: openai-chat, upstream: "http://127.0.0.1:9000/v1" }]
policy: [{ rule: r, models: [m], groups: [g], mask: { request: [MASK], reply: [] } }]
`
const FILES: Record<string, string> = {
  '/etc/sluice/names.txt': 'Bluebird\r\n\r\nNight Owl\n',
  '/etc/sluice/hash.key': 'q0Vd2X1s0mM9pJvK4hT8bR2aE\n',
}
const origin = {
  file: '/etc/sluice/sluice.yaml',
  env: {},
  readFile: (path: string) => FILES[path] ?? '',
}
const options = { detectors: builtIn.maskNames, flawsOfMasking: flawsOf }
const config = (masking: string, mask = 'all') =>
  parseConfig(`${HEAD.replace('MASK', mask)}masking:\n${masking}`, origin, options)
const problems = (masking: string, mask = 'all'): string[] =>
  inspectConfig(`${HEAD.replace('MASK', mask)}masking:\n${masking}`, origin, options).problems.map(
    (problem) => `${problem.severity} ${problemLine(problem, 'sluice.yaml')}`,
  )

t.test('what is not said is as it was: nothing of its own, everything redacted', async (t) => {
  const { masking, policyInForce } = parseConfig(HEAD.replace('MASK', 'all'), origin, options)
  t.strictSame(masking, { detectors: {}, mode: 'redact', modes: {} })
  t.equal(config('  mode: redact\n').policyInForce.digest, policyInForce.digest)
})

t.test('what decides about masking is in the digest, and its key is not', async (t) => {
  const digest = (masking: string): string => config(masking).policyInForce.digest
  const one = digest('  detectors: { a: { pattern: x1 } }\n')
  t.not(one, digest('  detectors: { a: { pattern: x2 } }\n'))
  t.not(one, digest('  { detectors: { a: { pattern: x1 } }, modes: { card: partial } }\n'))
  const key = (key: string): string => digest(`  { mode: hash, hash_key: ${key.repeat(16)} }\n`)
  t.equal(key('a'), key('b'))
})

t.test('lists of words and keys come from files', async (t) => {
  const { masking } = config(
    '  detectors: { project: { words: "${file:names.txt}" } }\n  mode: hash\n  hash_key: ${file:hash.key}\n',
  )
  t.strictSame(masking.detectors['project']?.words, ['Bluebird', 'Night Owl'])
  t.equal(masking.hashKey, 'q0Vd2X1s0mM9pJvK4hT8bR2aE')
  const listed = config('  detectors: { project: { words: [Heron, "${file:names.txt}"] } }\n').masking
  t.strictSame(listed.detectors['project']?.words, ['Heron', 'Bluebird', 'Night Owl'])
  const catalogue = catalogueOf(masking)
  t.match(
    createMasker(['project'], catalogue).mask('night, Night  Owl').text,
    /^night, \[PROJECT:[0-9a-f]{15}\]$/,
  )
})

t.test('mistakes are told by line, key and what to do', async (t) => {
  const cases: [masking: string, ...told: string[]][] = [
    [
      '  detectors:\n    employee-id:\n      pattern: "EMP-(?=[0-9])"\n',
      "error sluice.yaml:7:16  masking.detectors.employee-id.pattern: can't be used: lookaround is not supported (at 4); use literals, classes, groups, alternatives and greedy quantifiers",
    ],
    [
      '  detectors:\n    employee-id: { pattern: "a", examples: { found: [b] } }\n',
      'error sluice.yaml:6:54  masking.detectors.employee-id.examples.found[0]: is not found by this detector',
    ],
    [
      '  detectors: { email: { pattern: a } }\n',
      'error sluice.yaml:5:16  masking.detectors.email: is the name of what there is already; choose another',
    ],
    [
      '  detectors: { Employee: { pattern: a }, constructor: { pattern: a } }\n',
      'error sluice.yaml:5:16  masking.detectors.Employee: must be named in lower case with hyphens, such as employee-id, in at most 48 characters',
      'error sluice.yaml:5:42  masking.detectors.constructor: must be named in lower case with hyphens, such as employee-id, in at most 48 characters',
    ],
    [
      '  detectors: { a: {} }\n',
      'error sluice.yaml:5:19  masking.detectors.a: must have exactly one of pattern, words and fields',
    ],
    [
      '  detectors: { a: { fields: [patient..name] } }\n',
      'error sluice.yaml:5:30  masking.detectors.a.fields[0]: must be a key such as patient_name, or the end of a path such as address.street',
    ],
    [
      '  detectors: { a: { patern: x } }\n',
      'error sluice.yaml:5:21  masking.detectors.a.patern: is an unknown key; did you mean pattern? Allowed: pattern, after, not_after, commit, words, fields, ignore_case, placeholder, shown, family, examples',
    ],
    [
      '  modes: { emial: partial, mail: hash }\n  hash_key: ${file:hash.key}\n',
      'error sluice.yaml:5:12  masking.modes.emial: is an unknown detector or family; did you mean email?',
      'error sluice.yaml:5:28  masking.modes.mail: is an unknown detector or family; did you mean email?',
    ],
    [
      '  mode: hash\n',
      'error sluice.yaml:5:3  masking.hash_key: is missing: what is hashed needs a secret, such as ${file:hash.key}; make one: openssl rand -base64 32',
    ],
    [
      '  { mode: hash, hash_key: short }\n',
      'error sluice.yaml:5:27  masking.hash_key: must be a secret of at least 16 characters, such as ${file:hash.key}',
    ],
    ['  mode: partial\n', 'error sluice.yaml:5:9  masking.mode: must be one of: redact, hash'],
    [
      '  { mode: hash, hash_key: it-stands-in-the-file }\n',
      'warning sluice.yaml:5:27  masking.hash_key: a secret stands in the file itself; use ${env:NAME} or ${file:PATH}',
    ],
  ]
  for (const [masking, ...told] of cases) t.strictSame(problems(masking), told, masking)
  t.match(problems('  modes: { email: partial }\n'), [
    /^error sluice.yaml:5:19 {2}masking.modes.email: can't be partial: .* Partial can be: .*\bcard\b/,
  ])
})

t.test('a list may name them, and one that no list names is a warning', async (t) => {
  const own = '  detectors: { badge: { pattern: "B[0-9]", family: personal } }\n'
  for (const mask of ['badge', 'all', 'personal']) t.strictSame(problems(own, mask), [], mask)
  t.strictSame(problems(own, 'secrets'), [
    'warning sluice.yaml:5:16  masking.detectors.badge: is in no mask list of the policy: nothing is masked by it',
  ])
  t.match(problems(own, 'badg'), [
    /^error .*policy\[0\]\.mask\.request\[0\]: is an unknown detector; did you mean badge\?/,
    /^warning/,
  ])
})

t.test('of many detectors a dozen is named, and what lists the others', async (t) => {
  t.match(problems('  mode: redact\n', 'credit-card'), [
    /is an unknown detector; Allowed: all, secrets, personal,( [a-z-]+,?){9} and [0-9]+ more: sluice mask --list-detectors$/,
  ])
})

t.test('what is wrong with one thing is told once, and hides no other', async (t) => {
  t.strictSame(problems('  detectors: { badge: { pattern: 7 } }\n', 'badge'), [
    'error sluice.yaml:5:34  masking.detectors.badge.pattern: must be a regular expression of at most 4000 characters',
  ])
})

t.test('the example of the documentation works', async (t) => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  const [, example = ''] = /```yaml\n(masking:\n[^`]*)```/.exec(page) ?? []
  const files: Record<string, string> = { ...FILES, '/etc/sluice/projects.txt': 'Bluebird\nNight Owl\n' }
  const from = { ...origin, readFile: (path: string) => files[path] ?? '' }
  const { config, problems } = inspectConfig(HEAD.replace('MASK', 'all') + example, from, options)
  t.strictSame(problems, [])
  if (!config) return
  const catalogue = catalogueOf(config.masking)
  const masker = createMasker(catalogue.resolve(['all']), catalogue)
  t.match(
    masker.mask('EMP-123456 of NIGHT OWL, ada@example.com, 4111 1111 1111 1111').text,
    /^\[EMPLOYEE_ID\] of \[PROJECT\], \[EMAIL:[0-9a-f]{15}\], \*\*\*\* 1111$/,
  )
  t.equal(
    masker.mask('{"patient_name": "Ada", "home": {"address": {"street": "Elm 5", "town": "X"}}}', 'json')
      .text,
    '{"patient_name": "[PATIENT]", "home": {"address": {"street": "[PATIENT]", "town": "X"}}}',
  )
})
