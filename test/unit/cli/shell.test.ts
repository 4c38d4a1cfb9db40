import { execFileSync } from 'node:child_process'
import t from 'tap'
import { envCommand, settingLine } from '../../../src/cli/shell.ts'

t.test('a line that sets a variable, for each shell', async (t) => {
  t.equal(settingLine('sh', 'OPENAI_API_KEY', 'sk-1'), "export OPENAI_API_KEY='sk-1'")
  t.equal(settingLine('fish', 'OPENAI_API_KEY', 'sk-1'), "set -gx OPENAI_API_KEY 'sk-1'")
  t.equal(settingLine('powershell', 'OPENAI_API_KEY', 'sk-1'), "$env:OPENAI_API_KEY = 'sk-1'")
})

t.test('a value is itself to the shell, whatever is in it', async (t) => {
  for (const value of [
    '',
    'two words',
    "it's",
    '$(touch /tmp/x)',
    '`id`',
    '"',
    '\\',
    "'; exit 1; '",
    '$HOME',
  ]) {
    const told = execFileSync('sh', ['-c', `${settingLine('sh', 'VALUE', value)}; printf %s "$VALUE"`])
    t.equal(told.toString(), value)
  }
  t.equal(settingLine('fish', 'M', "it's\\"), "set -gx M 'it\\'s\\\\'")
  t.equal(settingLine('powershell', 'M', "it's ‘so’"), "$env:M = 'it''s ‘‘so’’'")
})

t.test('the command that sets them, for the shell in use', async (t) => {
  const bash = { platform: 'linux', shell: '/bin/bash' }
  t.equal(envCommand('qwen-coder', undefined, bash), 'eval "$(sluice env qwen-coder)"')
  t.equal(
    envCommand('org/model:7b', 'https://gw.example', bash),
    'eval "$(sluice env org/model:7b --gateway https://gw.example)"',
  )
  t.equal(
    envCommand('m', undefined, { platform: 'darwin', shell: '/opt/bin/fish' }),
    'sluice env m --format fish | source',
  )
  t.equal(
    envCommand('m', undefined, { platform: 'win32', shell: '' }),
    'sluice env m --format powershell | iex',
  )
})

t.test('a name is one word to the shell that it is pasted into', async (t) => {
  for (const name of ['two words', '$(touch /tmp/x)', "it's", '`id`', 'a"b', 'a;b', '$HOME', '\\']) {
    const command = envCommand(name, undefined, { platform: 'linux', shell: '/bin/sh' })
    const told = execFileSync('bash', ['-c', `exec 2>&1; sluice() { printf '%s' "$2" >&2; }; ${command}`], {
      encoding: 'utf8',
    })
    t.equal(told, name)
  }
})
