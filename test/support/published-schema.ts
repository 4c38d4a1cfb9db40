// The published JSON Schema of entries (docs/entry.schema.json), by which tests judge whatever gateways write.
import { readFileSync } from 'node:fs'
import * as z from 'zod'

const published = new URL('../../docs/entry.schema.json', import.meta.url)
const schema = z.fromJSONSchema(JSON.parse(readFileSync(published, 'utf8')) as z.core.JSONSchema.JSONSchema)

/** What is wrong with an entry by the schema; undefined where nothing is. */
export function schemaFlaw(entry: unknown): string | undefined {
  const { error } = schema.safeParse(entry)
  if (!error) return undefined
  // Of the kinds that it could be, the one that it comes nearest to.
  const [issue] = error.issues
  const kinds = issue?.code === 'invalid_union' ? issue.errors : [error.issues]
  const [nearest = []] = kinds.toSorted((a, b) => a.length - b.length)
  return `${JSON.stringify(nearest.map(({ path, message }) => `${path.join('.')}: ${message}`))} in ${JSON.stringify(entry)}`
}
