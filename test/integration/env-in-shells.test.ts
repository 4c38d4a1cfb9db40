// What `sluice env` prints, read by real shells: the model's name arrives as it is, whatever is in it, and nothing of it runs.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { stateFile } from '../../src/adapters/client-state/state-file.ts'
import { withGateway } from '../../src/login/client-state.ts'
import { fakeGateway } from '../support/fake-gateway.ts'
import { signedInHome } from '../support/sluice.ts'

// Some thirty processes, one after another: slow where others keep the machine busy.
t.setTimeout(180_000)

const NAMES = [
  'org/model:7b',
  "it's $HOME",
  '$(touch pwned)`touch pwned`;touch pwned',
  'a"b\\',
  'a\nb',
  '‘modèle’ 模型',
  '\u001b[2J',
]
// How each takes what is printed, as the command that `connect` prints has it.
const SHELLS: Readonly<Record<string, { format: string; args: string[] }>> = {
  sh: { format: 'sh', args: ['-c', 'eval "$PRINTED"; printf %s "$ANTHROPIC_MODEL"'] },
  bash: { format: 'sh', args: ['-c', 'eval "$PRINTED"; printf %s "$ANTHROPIC_MODEL"'] },
  zsh: { format: 'sh', args: ['-f', '-c', 'eval "$PRINTED"; printf %s "$ANTHROPIC_MODEL"'] },
  fish: { format: 'fish', args: ['-c', 'printf %s "$PRINTED" | source; printf %s "$ANTHROPIC_MODEL"'] },
}

t.test('a name that a gateway or a user has thought of', async (t) => {
  const gateway = await fakeGateway((_, response) => void response.end())
  t.teardown(() => gateway.stop())
  const home = await signedInHome(t, gateway.url)
  const { PATH = '' } = process.env
  const of = <T>(value: T) => Object.fromEntries(NAMES.map((name) => [name, value]))
  await stateFile(join(home.folder, 'sluice')).update((state) =>
    withGateway(state, gateway.url, { lastPorts: of(1), dialects: of(['anthropic']) }),
  )
  for (const name of NAMES) {
    for (const format of ['sh', 'fish']) {
      const env = home.sluice('env', name, '--format', format)
      t.equal(await env.ended, 0, env.stderr())
      t.notMatch(env.stderr(), '\u001b', 'a terminal is not steered by what stands beside it')
      t.equal(env.stderr().split('\n').length, 3)
      for (const [shell, { args }] of Object.entries(SHELLS).filter(([, shell]) => shell.format === format)) {
        const read = spawnSync(shell, args, {
          env: { PATH, HOME: home.folder, LANG: 'C.UTF-8', PRINTED: env.stdout() },
          cwd: home.folder,
          encoding: 'utf8',
        })
        if (read.error) t.comment(`${shell} is not installed`)
        else t.equal(read.stdout, name, `${shell}: ${JSON.stringify(name)} ${read.stderr}`)
      }
    }
  }
  t.notOk(existsSync(join(home.folder, 'pwned')))
})
