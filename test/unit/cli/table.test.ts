// Lists as a person sees them: aligned where there is room, a block a row where there is not.
import t from 'tap'
import { setColour } from '../../../src/cli/colour.ts'
import { table } from '../../../src/cli/table.ts'
import { width } from '../../../src/cli/width.ts'

setColour(false)
const headings = ['MODEL', 'MASKED IN REQUESTS', 'ON RECORD']
const rows = [
  ['qwen-coder', 'personal data, secrets', 'metadata'],
  ['日本語モデル', 'email', 'metadata'],
  ['zoe\u0308-🙂', 'nothing', 'metadata'],
  ['admin\u202egnp.\u001b[2J', 'email', 'metadata'],
]

t.test('columns are aligned by what is seen, not by how it is stored', async (t) => {
  t.equal(
    table(headings, rows, 80),
    `MODEL                       MASKED IN REQUESTS      ON RECORD
qwen-coder                  personal data, secrets  metadata
日本語モデル                email                   metadata
zoe\u0308-🙂                      nothing                 metadata
admin\\u{202e}gnp.\\u{1b}[2J  email                   metadata`,
  )
})

t.test('piped, nothing is cut and nothing stacked, however wide', async (t) => {
  const name = 'm'.repeat(500)
  t.equal(table(['MODEL', 'ON RECORD'], [[name, 'metadata']], Infinity).split('\n')[1], `${name}  metadata`)
})

t.test('at 40 columns each row is a block, and no word is broken', async (t) => {
  const narrow = table(
    headings,
    [...rows, ['a-model-with-a-name-that-is-wider-than-the-terminal', 'email', '']],
    40,
  )
  t.equal(
    narrow,
    `qwen-coder
  masked in requests: personal data,
    secrets
  on record: metadata

日本語モデル
  masked in requests: email
  on record: metadata

zoe\u0308-🙂
  masked in requests: nothing
  on record: metadata

admin\\u{202e}gnp.\\u{1b}[2J
  masked in requests: email
  on record: metadata

a-model-with-a-name-that-is-wider-than-…
  masked in requests: email`,
  )
  for (const line of narrow.split('\n')) t.ok(width(line) <= 40, line)
})

t.test('a mark without a heading goes before the title', async (t) => {
  const gateways = [
    ['*', 'https://gw.example.com', 'ada@example.dev'],
    ['', 'https://other.example', 'signed out'],
  ]
  t.equal(
    table(['', 'GATEWAY', 'WHO'], gateways, 30),
    '* https://gw.example.com\n  who: ada@example.dev\n\nhttps://other.example\n  who: signed out',
  )
})
