// sluice mask, by the real binary.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { emptyHome, type Home, type Run } from '../support/sluice.ts'

const TEXT = 'Mail ada@example.com 😀 or pay with 4111 1111 1111 1111,\nkey AKIAIOSFODNN7EXAMPLE\n'
const MASKED = 'Mail [EMAIL] 😀 or pay with [CARD],\nkey [AWS_KEY]\n'
const FINDINGS = [
  { detector: 'email', start: 5, end: 20, score: 1 },
  { detector: 'card', start: 36, end: 55, score: 1 },
  { detector: 'aws-key', start: 61, end: 81, score: 1 },
]

t.test('a file, stdin, and stdin a few characters at a time give the same masked text', async (t) => {
  const home = emptyHome(t)
  writeFileSync(join(home.folder, 'notes.txt'), TEXT)
  const runs = [
    home.sluice('mask', 'notes.txt'),
    fed(home, TEXT, 'mask'),
    fed(home, TEXT, 'mask', '--stream', '3'),
    fed(home, TEXT, 'mask', '-'),
  ]
  for (const run of runs) {
    t.equal(await run.ended, 0, run.stderr())
    t.equal(run.stdout(), MASKED)
  }
})

t.test('--policy names detectors, or a configuration whose rules name them', async (t) => {
  const home = emptyHome(t)
  const config = [
    'listen: 127.0.0.1:8080',
    'public_url: http://127.0.0.1:8080',
    'store: store',
    'identity: { issuer: "http://127.0.0.1:9", client_id: sluice }',
    'models: [{ name: m, dialect: openai-chat, upstream: "http://127.0.0.1:9/v1" }]',
    'policy: [{ rule: r, models: [m], groups: [g], mask: { request: [email], reply: [secrets] } }]',
  ]
  writeFileSync(join(home.folder, 'sluice.yaml'), config.join('\n'))
  const named = fed(home, TEXT, 'mask', '--policy', 'email,secrets')
  const byFile = fed(home, TEXT, 'mask', '--policy', 'sluice.yaml')
  t.equal(await named.ended, 0, named.stderr())
  t.equal(await byFile.ended, 0, byFile.stderr())
  t.equal(named.stdout(), MASKED.replace('[CARD]', '4111 1111 1111 1111'))
  t.equal(byFile.stdout(), named.stdout())
})

t.test(
  'a configuration’s own detectors, fields and modes mask as at the gateway, and are listed',
  async (t) => {
    const home = emptyHome(t)
    const config = `identity: { issuer: "http://127.0.0.1:9", client_id: sluice }
models: [{ name: m, dialect: openai-chat, upstream: "http://127.0.0.1:9/v1" }]
policy: [{ rule: r, models: [m], groups: [g], mask: { request: [badge, patient, card], reply: [email] } }]
masking:
  detectors:
    badge: { pattern: 'B-[0-9]{4}', family: personal, examples: { found: [B-1234] } }
    patient: { fields: [patient_name] }
  modes: { email: hash, card: partial }
  hash_key: \${file:hash.key}
`
    writeFileSync(join(home.folder, 'sluice.yaml'), config)
    writeFileSync(join(home.folder, 'hash.key'), 'sixteen-and-more\n')
    const named = ['mask', '--policy', 'sluice.yaml']
    const text = fed(home, `B-1234, ${TEXT}`, ...named)
    t.equal(await text.ended, 0, text.stderr())
    const [, hash] =
      /^\[BADGE\], Mail (\[EMAIL:[0-9a-f]{15}\]) .* with \*\*\*\* 1111,\n/.exec(text.stdout()) ?? []
    t.ok(hash, text.stdout())
    const json = fed(
      home,
      ' {"patient_name": "Ada", "to": "ada@example.com"}',
      ...named,
      '--stream',
      '1',
      '--json',
    )
    t.equal(await json.ended, 0, json.stderr())
    t.match(JSON.parse(json.stdout()), {
      text: ` {"patient_name": "[PATIENT]", "to": "${hash}"}`,
      findings: [{ detector: 'patient' }, { detector: 'email' }],
    })
    const blank = fed(home, ' \n', ...named)
    t.equal(await blank.ended, 0)
    t.equal(blank.stdout(), ' \n')
    const listed = home.sluice(...named, '--list-detectors')
    t.equal(await listed.ended, 0, listed.stderr())
    t.match(listed.stdout(), /\nbadge +personal +\[BADGE\] +B-1234\npatient +secrets +\[PATIENT\]/)
    t.match(listed.stdout(), /\ncard +personal +\*\*\*\* \d{4} /)
    t.notMatch(listed.stdout(), /\nphone/)
  },
)

t.test('--json tells where, never what', async (t) => {
  const run = fed(emptyHome(t), TEXT, 'mask', '--json', '--stream', '1')
  t.equal(await run.ended, 0)
  t.strictSame(JSON.parse(run.stdout()), { text: MASKED, findings: FINDINGS })
  t.notMatch(run.stdout(), /ada@|4111|AKIA/)
})

t.test('--jsonl answers line by line', async (t) => {
  const run = fed(emptyHome(t), `${JSON.stringify(TEXT)}\n"nothing here"\n`, 'mask', '--jsonl')
  t.equal(await run.ended, 0, run.stderr())
  t.strictSame(
    run
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { text: MASKED, findings: FINDINGS },
      { text: 'nothing here', findings: [] },
    ],
  )
  const wrong = fed(emptyHome(t), '"a"\nb\n', 'mask', '--jsonl')
  t.equal(await wrong.ended, 2)
  t.match(wrong.stderr(), 'Line 2 is not a JSON string.')
})

t.test('what can be decided leaves while the rest is still being typed', async (t) => {
  const run = emptyHome(t).sluice('mask')
  run.child.stdin?.write('Hello, this is ada@example.com, and ')
  await run.prints('Hello, this is [EMAIL], and ')
  run.child.stdin?.end('gone')
  t.equal(await run.ended, 0)
  t.equal(run.stdout(), 'Hello, this is [EMAIL], and gone')
})

t.test('--policy masks by what it names alone; another name is told what there is', async (t) => {
  const secrets = fed(emptyHome(t), TEXT, 'mask', '--policy', 'secrets, card')
  t.equal(await secrets.ended, 0)
  t.match(secrets.stdout(), /ada@example\.com .*\[CARD\],\nkey \[AWS_KEY\]/)
  const unknown = fed(emptyHome(t), TEXT, 'mask', '--policy', 'secret')
  t.equal(await unknown.ended, 2)
  t.match(
    unknown.stderr(),
    /There is no detector "secret"\.\n.*Did you mean secrets\?\n.*--list-detectors\n$/,
  )
  for (const [nothing, said] of [
    ['', 'needs a value\\.\n {2}→ sluice mask --help'],
    [',', 'names nothing to mask by\\.\n {2}→ sluice mask --list-detectors'],
  ] as const) {
    const run = fed(emptyHome(t), TEXT, 'mask', '--policy', nothing)
    t.equal(await run.ended, 2)
    t.equal(run.stdout(), '')
    t.match(run.stderr(), new RegExp(`^Error: --policy ${said}\n`))
  }
})

t.test('what is not UTF-8 text, or not there, is told in one line', async (t) => {
  const home = emptyHome(t)
  writeFileSync(join(home.folder, 'latin1.txt'), Buffer.from('caf\u00e9 ada@example.com', 'latin1'))
  writeFileSync(join(home.folder, 'utf16.txt'), Buffer.from('ada@example.com', 'utf16le'))
  for (const file of ['latin1.txt', 'utf16.txt']) {
    const run = home.sluice('mask', file)
    t.equal(await run.ended, 2)
    t.match(run.stderr(), `Error: ${file} is not UTF-8 text.`)
    t.equal(run.stdout(), '')
  }
  const missing = home.sluice('mask', 'missing.txt')
  t.equal(await missing.ended, 6)
  t.match(missing.stderr(), 'There is no file missing.txt.\n  → Name another, or none to read stdin.')
  const folder = home.sluice('mask', home.folder)
  t.equal(await folder.ended, 2)
  t.match(folder.stderr(), `Error: ${home.folder} is a folder.\n  → Name a file in it.`)
})

t.test('--list-detectors names every detector with its family', async (t) => {
  const run = emptyHome(t).sluice('mask', '--list-detectors')
  t.equal(await run.ended, 0)
  t.match(run.stdout(), /^DETECTOR +FAMILY +LEAVES AS +EXAMPLE\n/)
  t.match(run.stdout(), /\nemail +personal +\[EMAIL\] +Write to ada\.lovelace@example\.com\.\n/)
})

function fed(home: Home, input: string, ...args: string[]): Run {
  const run = home.sluice(...args)
  run.child.stdin?.end(input)
  return run
}
