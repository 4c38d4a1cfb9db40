// The import table: which room may import which. This table is the document; a new arrow is a decision made here.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const src = fileURLToPath(new URL('../../src', import.meta.url))

const core = ['terms', 'base']
const TABLE: Record<string, readonly string[]> = {
  base: [],
  terms: [],
  // The core: pure, and never each other.
  policy: core,
  masking: core,
  audit: core,
  dialects: core,
  identity: core,
  // It knows which APIs there are, by name.
  config: [...core, 'dialects'],
  login: core,
  // It serves the paths of the APIs that there are, and refuses in their words.
  tunnel: [...core, 'dialects'],
  // Only the gateway composes the core.
  gateway: [...core, 'policy', 'masking', 'audit', 'dialects', 'identity', 'config'],
  // It keeps no ledger: it verifies the checkpoints of others.
  witness: [...core, 'audit'],
  demo: core,
  // An adapter imports the ports that it implements.
  adapters: [...core, 'audit', 'identity', 'login', 'gateway', 'tunnel', 'witness', 'config'],
  cli: core,
  // The only place that creates adapters.
  assembly: [
    'adapters',
    'audit',
    'base',
    'cli',
    'config',
    'demo',
    'dialects',
    'gateway',
    'identity',
    'login',
    'masking',
    'policy',
    'terms',
    'tunnel',
    'witness',
  ],
  commands: ['assembly', 'audit', 'base', 'cli', 'config', 'login', 'terms', 'tunnel', 'witness'],
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))

t.test('every import follows the table', async (t) => {
  for (const file of files) {
    const room = file.split('/')[0] as string
    const allowed = TABLE[room]
    if (!allowed) {
      t.fail(`${room}/ is not in the table`)
      continue
    }
    for (const target of importsOf(join(src, file))) {
      const to = relative(src, target).split('/')[0] as string
      if (to !== room) t.ok(allowed.includes(to), `${file} may import ${to}/`)
    }
  }
})

t.test('an adapter never imports another technology', async (t) => {
  for (const file of files.filter((path) => path.startsWith('adapters/'))) {
    const technology = file.split('/')[1] as string
    for (const target of importsOf(join(src, file))) {
      const to = relative(src, target).split('/')
      if (to[0] === 'adapters') t.equal(to[1], technology, `${file} stays in its folder`)
    }
  }
})

t.test('only adapters, demo, cli, commands and assembly name outside packages, save a few', async (t) => {
  const allowed: Record<string, readonly string[]> = {
    config: ['zod', 'yaml'],
    gateway: ['pino', 'prom-client'],
    audit: [],
    tunnel: ['undici'],
  }
  const free = ['adapters', 'demo', 'cli', 'commands', 'assembly']
  for (const file of files) {
    const room = file.split('/')[0] as string
    if (free.includes(room)) continue
    for (const name of packagesOf(join(src, file))) {
      t.ok(allowed[room]?.includes(name), `${file} may import the package ${name}`)
    }
  }
})

function specifiers(path: string): string[] {
  const code = readFileSync(path, 'utf8')
  // Statements begin a line, or end the one that an import's braces opened; dynamic imports stand anywhere.
  const found = code.matchAll(
    /^(?:(?:import|export)\b[^'\n]*\bfrom |\} from |import )'([^'\n]+)'$|\bimport\('([^']+)'\)/gm,
  )
  return [...found].map((match) => (match[1] ?? match[2]) as string)
}

function importsOf(path: string): string[] {
  return specifiers(path)
    .filter((name) => name.startsWith('.'))
    .map((name) => resolve(dirname(path), name))
}

function packagesOf(path: string): string[] {
  return specifiers(path).filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
}
