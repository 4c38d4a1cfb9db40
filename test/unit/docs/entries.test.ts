// The published JSON Schema of entries: made of their types, and as strict as they are.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { schemaFlaw } from '../../support/published-schema.ts'
import { ADA, decision, outcomeOf } from '../../support/test-store.ts'

t.test('it is up to date (node scripts/entry-schema.js)', async (t) => {
  const script = fileURLToPath(new URL('../../../scripts/entry-schema.js', import.meta.url))
  t.doesNotThrow(() => execFileSync(process.execPath, [script, '--check']))
})

t.test('an entry is valid, and what is none is not', async (t) => {
  const allowed = decision({ channels: { text: { email: 1 } }, reasons: ['no-rule'] })
  for (const entry of [allowed, outcomeOf(allowed)]) t.equal(schemaFlaw(entry), undefined)
  const { policy: _, ...lacking } = allowed
  t.match(schemaFlaw(lacking), 'policy')
  t.match(schemaFlaw({ ...allowed, prompt: 'hello' }), 'prompt', 'a field that nobody has declared')
  t.match(schemaFlaw({ ...allowed, subject: 'ada@example.org' }), 'subject')
  t.match(schemaFlaw({ ...allowed, policy: 'none' }), 'policy')
  t.match(schemaFlaw({ ...outcomeOf(allowed), status: 'lost' }), 'status')
  t.match(schemaFlaw({ ...outcomeOf(allowed), durationMs: 1.5 }), 'durationMs')
  t.match(schemaFlaw({ ...allowed, v: 2 }), 'v', 'another version')
  t.match(schemaFlaw({ kind: 'dreamt', subject: ADA, time: allowed.time, v: 1 }), 'kind')
})
