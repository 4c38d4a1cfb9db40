// What a terminal can show: its letters, its columns, and lines that are wider.
import t from 'tap'
import { broken, fit } from '../../../src/cli/fit.ts'
import { columnsOf, showsUnicode } from '../../../src/cli/terminal.ts'
import { shortened, width } from '../../../src/cli/width.ts'

t.test('a locale of another encoding can show ASCII only', async (t) => {
  const posix = (env: NodeJS.ProcessEnv) => showsUnicode(env, 'linux')
  t.ok(posix({}), 'none is set, as in a container')
  for (const locale of ['en_US.UTF-8', 'C.UTF-8', 'de_DE.utf8']) t.ok(posix({ LANG: locale }), locale)
  for (const locale of ['C', 'POSIX', 'en_US.ISO-8859-1', 'ja_JP.eucJP', 'de_DE'])
    t.notOk(posix({ LANG: locale }), locale)
  t.notOk(posix({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }), 'LC_ALL is above LANG')
  t.notOk(posix({ LANG: 'en_US.UTF-8', LC_CTYPE: 'C' }), 'as is LC_CTYPE')
  t.ok(
    posix({ LANG: 'C', LC_ALL: '' }) === false && posix({ LANG: 'en_US.UTF-8', LC_ALL: '' }),
    'empty is unset',
  )
  t.notOk(posix({ LANG: 'en_US.UTF-8', TERM: 'linux' }), 'the console has no font for it')
})

t.test('Windows: newer terminals can, others by their code page', async (t) => {
  const windows = (env: NodeJS.ProcessEnv, codePage: number) => showsUnicode(env, 'win32', () => codePage)
  t.notOk(windows({}, 850))
  t.notOk(windows({}, NaN), 'it could not be asked')
  t.ok(windows({}, 65001))
  for (const env of [
    { WT_SESSION: '1' },
    { TERM_PROGRAM: 'vscode' },
    { TERM: 'xterm-256color' },
    { ConEmuTask: '{cmd}' },
  ])
    t.ok(windows(env, 850), JSON.stringify(env))
})

t.test('columns are those of the terminal as it is now, and without end where there is none', async (t) => {
  t.equal(columnsOf({ isTTY: true, columns: 40 } as NodeJS.WriteStream), 40)
  t.equal(columnsOf({ isTTY: true, columns: 0 } as NodeJS.WriteStream), 80, 'a terminal that tells none')
  t.equal(columnsOf({} as NodeJS.WriteStream), Infinity)
})

t.test('width is what the eye sees', async (t) => {
  for (const [text, columns] of [
    ['', 0],
    ['abc', 3],
    ['zoë', 3],
    ['zoe\u0308', 3],
    ['日本語', 6],
    ['ﾊﾝｶｸ', 4],
    ['한국어', 6],
    ['ＡＢ', 4],
    ['🙂', 2],
    ['❤', 1],
    ['❤️', 2],
    ['🇯🇵', 2],
    ['אבג', 3],
    ['กำ', 2],
  ] as const)
    t.equal(width(text), columns, text)
  t.equal(shortened('日本語モデル', 8, '…'), '日本語…')
  t.equal(shortened('👍🏽👍🏽👍🏽', 5, '…'), '👍🏽👍🏽…')
  t.equal(shortened('short', 5, '…'), 'short')
})

t.test('next steps in words break like other words, but for the command that they end with', async (t) => {
  const steps = [
    "Error: The ledger can't be written.",
    '  → See that its disk has space and is healthy, then restart the gateway.',
    '  -> Name your models in it, then: sluice gateway check a-long-name.yaml',
    '  → Or: sluice gateway start',
    '  → sluice login https://gw.example.com --no-browser',
  ].join('\n')
  t.equal(
    fit(steps, 40),
    `Error: The ledger can't be written.
  → See that its disk has space and is
    healthy, then restart the gateway.
  -> Name your models in it, then:
    sluice gateway check a-long-name.yaml
  → Or: sluice gateway start
  → sluice login https://gw.example.com --no-browser`,
  )
  t.equal(fit(steps, Infinity), steps)
})

t.test('lines break between words; those to copy, and words, stay whole', async (t) => {
  const text =
    'Listening  http://127.0.0.1:4141  qwen-coder as ada@example.dev\n  sluice run qwen-coder -- a --very --long --command\n'
  t.equal(
    fit(text, 40),
    `Listening  http://127.0.0.1:4141
  qwen-coder as ada@example.dev
  sluice run qwen-coder -- a --very --long --command
`,
  )
  t.equal(fit(text, Infinity), text)
  t.equal(
    broken('see https://gw.example.com/a/very/long/path now', 20, '  '),
    'see\n  https://gw.example.com/a/very/long/path\n  now',
  )
  const coloured = '\u001b[1mOn record\u001b[22m  metadata only'
  t.equal(fit(coloured, 24), coloured, 'colours take no room')
})
