// oclif.manifest.json from the built commands, so that the CLI starts without loading them. --check: fail on a diff.
import { Plugin } from '@oclif/core'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const path = `${root}oclif.manifest.json`
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
const text = `${JSON.stringify({ commands: sorted, version: plugin.version }, null, 2)}\n`
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') === text) process.exit(0)
  process.stderr.write('oclif.manifest.json is out of date. Run: npm run manifest\n')
  process.exit(1)
}
writeFileSync(path, text)
