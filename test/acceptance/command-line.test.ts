// What a mistyped command line is told, by the real binary.
import t from 'tap'
import { emptyHome } from '../support/sluice.ts'

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
