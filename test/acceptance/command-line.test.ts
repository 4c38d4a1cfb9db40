// What a mistyped command line is told, by the real binary.
import t from 'tap'
import { emptyHome } from '../support/sluice.ts'
import { terminal } from '../support/terminal.ts'

const BIN = new URL('../../bin/run.js', import.meta.url).pathname

const home = emptyHome(t)

async function told(...args: string[]): Promise<[code: number, stdout: string, stderr: string]> {
  const run = home.sluice(...args)
  return [await run.ended, run.stdout(), run.stderr()]
}

t.test('a command that does not exist: the nearest one, as text and as JSON', async (t) => {
  const message = 'There is no command "conect"; did you mean connect?'
  t.same(await told('conect', 'm'), [2, '', `Error: ${message}\n  → sluice --help\n`])
  const [code, stdout, stderr] = await told('conect', '--json')
  t.same([code, stderr], [2, ''])
  t.same(JSON.parse(stdout), { error: { code: 'ERR_USAGE', message, nextSteps: ['sluice --help'] } })
  t.match((await told('audit', 'tial'))[2], 'There is no command "audit tial"; did you mean audit tail?')
  t.match((await told('gateway', 'bogus'))[2], 'There is no command "gateway bogus".\n')
  t.match((await told('xyzzyplugh'))[2], 'Error: There is no command "xyzzyplugh".\n')
  t.match((await told('help', 'conect'))[2], message)
  t.match(await told('--bogus'), [2, '', /^Error: "--bogus" is no command: .*\n {2}→ sluice --help\n$/])
})

t.test('arguments and flags that make no sense: one line each, and the help of the command', async (t) => {
  t.match(await told('whoami', 'extra'), [
    2,
    '',
    'Error: Unexpected argument: extra\n  → sluice whoami --help\n',
  ])
  for (const port of ['abc', '0', '70000']) {
    t.same(await told('connect', 'm', '--port', port), [
      2,
      '',
      `Error: --port must be a whole number from 1 to 65535, not "${port}".\n  → sluice connect --help\n`,
    ])
  }
  t.match(
    (await told('connect', 'm', '--bogus'))[2],
    'There is no flag --bogus here.\n  → sluice connect --help',
  )
  t.match(
    (await told('connect', 'm', '--prot', '5000'))[2],
    'Error: There is no flag --prot here; did you mean --port?\n',
  )
  t.match((await told('login', '--no-browse'))[2], 'did you mean --no-browser?')
  t.match(
    (await told('env', 'm', '--format', 'zsh'))[2],
    '--format must be one of sh, fish, powershell, json; not "zsh".',
  )
  t.match((await told('audit', 'tail', 'x'))[2], '→ sluice audit tail --help')
})

t.test('what is missing, given twice, or given to what takes none', async (t) => {
  const table: [line: string, message: string][] = [
    ['connect', 'MODEL is missing: The model (see: sluice models).'],
    ['audit export', '--dir is missing.'],
    ['audit export --dir', '--dir needs a value.'],
    ['audit export --dir --json', '--dir needs a value.'],
    [
      'gateway recover --reason',
      '--reason needs a value, one of backup-restored, failed-over, store-damaged.',
    ],
    ['whoami --gateway a --gateway b', '--gateway can be given only once.'],
    ['audit verify --receipt f --all', "--all and --receipt don't go together."],
    ['gateway recover --yes=no', '--yes takes no value.'],
    ['audit tail --no-follow=1', '--no-follow takes no value.'],
    ['whoami --no-color=1', '--no-color takes no value.'],
    ['whoami --json=1', '--json takes no value.'],
    ['gateway recover -y=no', '-y takes no value.'],
    ['audit export --dir= --json', '--dir needs a value.'],
    ['audit export --dir  --json', '--dir needs a value.'],
    ['connect m --port=', '--port needs a value.'],
    ['whoami --token=abc', 'There is no flag --token here.'],
    ['whoami --one=1 --two=2 --one', 'There are no flags --one, --two here.'],
    ['audit verify --checkpoint a b', 'Unexpected argument: b'],
    ['autocomplete tcsh', '"tcsh" is none of bash, zsh, fish, powershell.'],
  ]
  for (const [line, message] of table) {
    const [code, stdout, stderr] = await told(...line.split(' '))
    t.equal(code, 2, line)
    t.match(
      stdout + stderr,
      line.endsWith('--json') ? `"message":"${message}"` : `Error: ${message}\n  → sluice `,
    )
  }
  const shown = terminal(t, `${process.execPath} ${BIN} audit export`, {
    env: {},
    cwd: home.folder,
    columns: 80,
  })
  t.equal(await shown.ended, 2)
  t.match(shown.shown(), 'Error: --dir is missing.')
})

t.test('help, -h and --help are the same', async (t) => {
  const [code, root] = await told('--help')
  t.equal(code, 0)
  t.match(root, /connect +Open a local address/)
  for (const args of [['help'], ['-h'], []]) t.same(await told(...args), [0, root, ''])
  const [, connect] = await told('connect', '--help')
  t.match(connect, /--port/)
  for (const args of [
    ['help', 'connect'],
    ['connect', '-h'],
    ['connect', 'm', '-h'],
  ])
    t.same(await told(...args), [0, connect, ''])
  t.match(await told('help', 'audit'), [0, /audit tail/, ''])
  t.match(await told('help', 'audit', 'tail'), [0, /--since/, ''])
})

t.test('help fits a narrow terminal; what is to be copied stays whole', async (t) => {
  const narrow = emptyHome(t, { OCLIF_COLUMNS: '40' })
  for (const command of ['connect', 'run', 'login']) {
    const run = narrow.sluice(command, '--help')
    t.equal(await run.ended, 0)
    const [, ...lines] = run.stdout().split('\n')
    t.same(
      lines.filter((line) => line.length > 40 && !line.startsWith('  $ ')),
      [],
      command,
    )
  }
})
