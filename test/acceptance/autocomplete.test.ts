// Completion as a person has it: real shells in a terminal, the Tab key, the real binary, no gateway anywhere.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { emptyHome } from '../support/sluice.ts'
import { terminal } from '../support/terminal.ts'
import { verifierKey } from '../support/verifier-key.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** A home in which models were listed; `sluice` on its PATH completes, and else only says what it was called with. */
function homeWithModels(t: Test) {
  const { folder } = emptyHome(t)
  const url = 'https://gw.example.com'
  const models = ['llama3:8b', 'qwen-coder', 'evil;$(touch pwned)']
  const gateway = { url, issuer: url, ledger: { origin: 'gw', vkey: verifierKey('gw') }, models }
  mkdirSync(join(folder, 'sluice'))
  writeFileSync(
    join(folder, 'sluice', 'state.json'),
    JSON.stringify({ v: 1, current: url, gateways: { [url]: gateway } }),
  )
  writeFileSync(join(folder, 'notes.txt'), '')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(
    join(folder, 'bin', 'sluice'),
    `#!/bin/sh
case "$1" in complete | autocomplete) exec '${process.execPath}' '${BIN}' "$@" ;; esac
echo "ran:" "$@" "."
`,
    { mode: 0o755 },
  )
  const PATH = `${join(folder, 'bin')}:${process.env['PATH']}`
  return { folder, env: { PATH, HOME: folder, XDG_STATE_HOME: folder, LANG: 'C.UTF-8' } }
}

const LINES = [
  ['conn', 'connect'],
  ['connect lla', 'connect llama3:8b'],
  ['connect llama3:', 'connect llama3:8b'],
  ['audit t', 'audit tail'],
  ['audit tail --si', 'audit tail --since'],
  ['env qw', 'env qwen-coder'],
  ['env qwen-coder --format=f', 'env qwen-coder --format=fish'],
  ['env qwen-coder --format po', 'env qwen-coder --format powershell'],
  ['use https://gw', 'use https://gw.example.com'],
  ['mask no', 'mask notes.txt'],
  ['connect ev', 'connect ev'],
] as const

for (const [shell, command, setUp] of [
  ['bash', 'bash --norc --noprofile -i', 'eval "$(sluice autocomplete bash)"'],
  ['zsh', 'zsh -f -i', 'autoload -U compinit; compinit -u -D; eval "$(sluice autocomplete zsh)"'],
  ['fish', 'fish -N -i', 'sluice autocomplete fish | source'],
] as const) {
  const skip = spawnSync(shell, ['--version']).status === 0 ? false : `install ${shell} to run this`
  t.test(`${shell} completes commands, flags, their values, and models`, { skip }, async (t) => {
    const { folder, env } = homeWithModels(t)
    const shown = terminal(t, command, { env, cwd: folder, columns: 200 })
    shown.type(`${setUp}\nsluice set up\n`)
    await shown.shows('ran: set up .\n')
    for (const [typed, whole] of LINES) {
      shown.type(`sluice ${typed}\t\n`)
      const line = await shown.shows(/ran: .* \.\n/)
      t.equal(/ran: (.*) \.\n/.exec(line)?.[1], whole, `${typed} + Tab`)
    }
    shown.type('exit\n')
    await shown.ended
  })
}

t.test('no shell that is known: the line for each; a shell that is not: which there are', async (t) => {
  const home = emptyHome(t, { SHELL: '/bin/tcsh' })
  const all = home.sluice('autocomplete')
  t.equal(await all.ended, 0)
  for (const shell of ['bash', 'zsh', 'fish', 'powershell'])
    t.match(all.stdout(), `sluice autocomplete ${shell}`)
  const wrong = home.sluice('autocomplete', 'tcsh')
  t.equal(await wrong.ended, 2)
  t.match(wrong.stderr(), 'Error: "tcsh" is none of bash, zsh, fish, powershell.\n')
})

t.test('it never fails, and needs nobody to be signed in', async (t) => {
  const home = emptyHome(t)
  const ask = async (...words: string[]) => {
    const run = home.sluice('complete', ...words)
    return [await run.ended, run.stdout(), run.stderr()]
  }
  t.match(await ask('1', 'who'), [0, '\nwhoami\tSay who is signed in, where, and until when.\n', ''])
  t.same(await ask('2', 'connect'), [0, '\n', ''], 'an empty word that the shell has lost')
  mkdirSync(join(home.folder, 'sluice'))
  for (const damaged of ['{"v":1,"gate', '{"v":1,"gateways":{"x":null},"current":7}', '[]']) {
    writeFileSync(join(home.folder, 'sluice', 'state.json'), damaged)
    t.same(await ask('2', 'connect', ''), [0, '\n', ''], damaged)
  }
})
