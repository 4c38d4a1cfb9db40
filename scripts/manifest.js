// oclif.manifest.json from the built commands, so that the CLI starts without loading them, and docs/commands.md, where
// every change to what a person may type shows. --check: fail on a diff.
import { Plugin } from '@oclif/core'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commandsPage } from './commands-page.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
})
await plugin.load()
const { commands } = plugin.manifest
const sorted = Object.fromEntries(
  Object.keys(commands)
    .sort()
    .map((id) => [id, commands[id]]),
)
const files = {
  'oclif.manifest.json': `${JSON.stringify({ commands: sorted, version: plugin.version }, null, 2)}\n`,
  'docs/commands.md': commandsPage(sorted),
}
for (const [name, text] of Object.entries(files)) {
  if (!process.argv.includes('--check')) writeFileSync(`${root}${name}`, text)
  else if (read(name) !== text) {
    process.stderr.write(`${name} is out of date. Run: npm run manifest\n`)
    process.exitCode = 1
  }
}

function read(name) {
  try {
    return readFileSync(`${root}${name}`, 'utf8')
  } catch {
    return undefined
  }
}
