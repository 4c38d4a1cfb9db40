// docs/sluice.schema.json: the JSON Schema of sluice.yaml, from the built configuration room. --check: fail on a diff.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configJsonSchema } from '../dist/config/schema.js'

const path = fileURLToPath(new URL('../docs/sluice.schema.json', import.meta.url))
const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') === text) process.exit(0)
  process.stderr.write('docs/sluice.schema.json is out of date. Run: node scripts/schema.js\n')
  process.exit(1)
}
writeFileSync(path, text)
