// docs/configuration.md explains every key of sluice.yaml, and the published schema is the one in force.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { configJsonSchema } from '../../../src/config/schema.ts'

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

t.test('the published JSON Schema is up to date (node scripts/schema.js)', async (t) => {
  t.same(JSON.parse(read('sluice.schema.json')), JSON.parse(JSON.stringify(configJsonSchema())))
})

t.test('every key is explained', async (t) => {
  const page = read('configuration.md')
  const keys = new Set<string>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if ('properties' in node) Object.keys(node.properties as object).forEach((key) => keys.add(key))
    Object.values(node).forEach(walk)
  }
  walk(configJsonSchema())
  t.ok(keys.size > 25)
  for (const key of keys) t.ok(page.includes(`\`${key}\``), key)
})
