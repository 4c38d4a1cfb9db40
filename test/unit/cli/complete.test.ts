// What is offered while a command line is typed.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { complete, type Known } from '../../../src/cli/complete.ts'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'))
const MODELS: Record<string, string[]> = {
  'https://gw.example.com': [
    'qwen-coder',
    'qwen-small',
    'llama3:8b',
    'org/name',
    '日本語',
    '-x',
    'a;b',
    '$(c)',
    'd e',
    '~f',
    '`g`',
  ],
  'other.example': ['gpt-oss'],
}
const known: Known = {
  commands: read('oclif.manifest.json').commands,
  topics: read('package.json').oclif.topics,
  gateways: () => ['https://gw.example.com', 'https://other.example'],
  models: (gateway = 'https://gw.example.com') => MODELS[gateway] ?? [],
}
const words = (...typed: string[]) => complete(typed, known).words.map(([word]) => word)
const also = (...typed: string[]) => complete(typed, known).also

t.test('commands, topics and their commands, with what they do', async (t) => {
  const all = words('')
  for (const name of ['login', 'connect', 'audit', 'gateway', 'autocomplete', 'help'])
    t.ok(all.includes(name), name)
  t.notOk(all.some((word) => word.includes(':') || word.startsWith('-')))
  t.same(words('con'), ['connect'])
  t.same(words('gateway', 'u'), ['unlatch'])
  t.same(words('help', 'audit', 't'), ['tail'])
  t.same(words('--v'), ['--version'])
  t.same(words('bogus', ''), [])
  t.match(complete(['connec'], known).words, [['connect', 'Open a local address for a model.']])
})

t.test('flags once a dash is there, each once, and their values', async (t) => {
  t.ok(words('connect', '--').includes('--port'))
  t.same(words('connect', '--po'), ['--port'])
  t.notOk(words('connect', '--port', '5000', '--').includes('--port'), 'it is there already')
  t.same(words('login', '--no-b'), ['--no-browser'])
  t.same(words('env', 'm', '--format', ''), ['sh', 'fish', 'powershell', 'json'])
  t.same(words('env', 'm', '--format=po'), ['--format=powershell'])
  t.same(words('connect', '--port', ''), [], 'any number')
  t.same(words('connect', '-p', ''), [])
  t.same(words('whoami', '--gateway', 'https://o'), ['https://other.example'])
})

t.test('models of the gateway that is meant, where an argument is one', async (t) => {
  t.same(words('connect', 'qw'), ['qwen-coder', 'qwen-small'])
  t.same(words('run', 'llama3:'), ['llama3:8b'])
  t.same(words('env', '--gateway', 'other.example', ''), ['gpt-oss'])
  t.same(words('env', '--gateway=other.example', ''), ['gpt-oss'])
  t.same(words('connect', 'qwen-coder', ''), [], 'there is one already')
  t.same(
    words('connect', '--port', '5000', 'qw'),
    ['qwen-coder', 'qwen-small'],
    'a flag’s value is no argument',
  )
  t.same(words('login', ''), ['https://gw.example.com', 'https://other.example'])
})

t.test('a name with signs that mean something to a shell is not offered', async (t) => {
  t.same(words('connect', ''), ['qwen-coder', 'qwen-small', 'llama3:8b', 'org/name', '日本語'])
})

t.test('files, and what another program takes, are the shell’s to offer', async (t) => {
  t.equal(also('mask', ''), 'files')
  t.equal(also('gateway', 'check', 'slu'), 'files')
  t.equal(also('login', '--ca', ''), 'files')
  t.equal(also('run', 'm', '--', 'ai'), 'programs')
  t.equal(also('connect', ''), undefined)
})
