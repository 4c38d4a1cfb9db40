// Every entry that the published schema allows is written in one spelling, read back as it was, and told in words; where
// nothing in it is a list, it has room in its 2 KiB, however long its words are.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { prepareLeaf } from '../../src/adapters/sql/leaf.ts'
import { entryFlaw } from '../../src/audit/verify/entry-flaw.ts'
import { entryLine } from '../../src/cli/audit-lines.ts'
import type { Entry } from '../../src/terms/entry.ts'
import { schemaFlaw } from '../support/published-schema.ts'

interface Shape {
  readonly $ref?: string
  readonly const?: string | number
  readonly enum?: readonly string[]
  readonly type?: 'string' | 'integer' | 'boolean' | 'array' | 'object'
  readonly pattern?: string
  readonly maxLength?: number
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Shape | false
}

const published = new URL('../../docs/entry.schema.json', import.meta.url)
const { oneOf, $defs } = JSON.parse(readFileSync(published, 'utf8')) as {
  readonly oneOf: readonly Shape[]
  readonly $defs: Readonly<Record<string, Shape>>
}
const resolved = (shape: Shape): Shape =>
  shape.$ref === undefined ? shape : resolved($defs[shape.$ref.replace('#/$defs/', '')] as Shape)

const time = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })

/** Whatever the shape allows; `longest`: only what has the most bytes. */
function valuesOf(told: Shape, longest: boolean): fc.Arbitrary<unknown> {
  const shape = resolved(told)
  if (shape.const !== undefined) return fc.constant(shape.const)
  if (shape.enum) return fc.constantFrom(...shape.enum)
  if (shape.type === 'integer') return longest ? fc.constant(Number.MAX_SAFE_INTEGER) : fc.maxSafeNat()
  if (shape.type === 'boolean') return fc.boolean()
  if (shape.type === 'array') return fc.array(valuesOf(shape.items as Shape, longest), { maxLength: 3 })
  if (shape.type === 'object') return objectsOf(shape, longest)
  if (shape.pattern?.startsWith('^\\d{4}-')) return time.map((date) => date.toISOString())
  if (shape.pattern !== undefined) {
    // The most of each repetition.
    const most = longest ? shape.pattern.replace(/\{\d+,(\d+)\}/g, '{$1}') : shape.pattern
    return fc.stringMatching(new RegExp(most))
  }
  const { maxLength = 64 } = shape
  return fc
    .string({ minLength: longest ? maxLength : 0, maxLength, unit: 'grapheme' })
    .map((text) => text.slice(0, maxLength))
    .filter((text) => text.isWellFormed())
}

function objectsOf({ properties, required, additionalProperties }: Shape, longest: boolean) {
  if (additionalProperties) {
    const keys = fc.stringMatching(/^[a-z][a-z0-9-]{0,24}$/)
    return fc.dictionary(keys, valuesOf(additionalProperties, longest), { maxKeys: 4, noNullPrototype: true })
  }
  const members = Object.entries(properties ?? {}).map(([name, shape]) => [name, valuesOf(shape, longest)])
  const all = Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>
  return fc.record(all, { noNullPrototype: true, ...(!longest && { requiredKeys: [...(required ?? [])] }) })
}

// What there is a list of is fitted by who makes the entry (src/gateway/fit.ts).
const LISTING = ['decision', 'outcome']
const kindsOf = (shape: Shape): readonly unknown[] => {
  const { kind } = resolved(shape).properties ?? {}
  return kind?.enum ?? [kind?.const]
}

t.test('one spelling, read back as it was', async () => {
  for (const shape of oneOf) {
    fc.assert(
      fc.property(valuesOf(shape, false), fc.nat(), (made, index) => {
        const entry = made as Entry
        assert.equal(schemaFlaw(entry), undefined)
        const { text } = prepareLeaf(entry)
        assert.deepEqual(JSON.parse(text), entry)
        // However its members were in order.
        const turned = Object.fromEntries(Object.entries(entry).toReversed())
        assert.equal(prepareLeaf(turned as unknown as Entry).text, text)
        const bytes = Buffer.from(text)
        assert.equal(entryFlaw(bytes, 0, bytes.length), undefined)
        assert.ok(entryLine(index, entry, undefined, 0).includes(`#${index}`))
      }),
      { seed: 8785, numRuns: 60 },
    )
  }
})

t.test('what is told without lists has room, at its longest', async (t) => {
  let longest = 0
  for (const shape of oneOf.filter(
    (shape) => !kindsOf(shape).some((kind) => LISTING.includes(kind as string)),
  )) {
    fc.assert(
      fc.property(valuesOf(shape, true), (entry) => {
        const { text } = prepareLeaf(entry as Entry)
        longest = Math.max(longest, Buffer.byteLength(text))
      }),
      { seed: 2048, numRuns: 30 },
    )
  }
  t.ok(longest > 500 && longest <= 2048, `the longest has ${longest} bytes`)
})

t.test('text that people type is no entry', async (t) => {
  const [approval] = oneOf.filter((shape) => kindsOf(shape).includes('approval-denied'))
  const [denied] = fc.sample(valuesOf(approval as Shape, true), { seed: 1, numRuns: 1 }) as [Entry]
  t.equal(schemaFlaw(denied), undefined)
  t.match(schemaFlaw({ ...denied, text: 'not before the audit' }), 'text')
  t.match(schemaFlaw({ ...denied, by: 'grace@example.org' }), 'by')
  t.match(schemaFlaw({ ...denied, reason: 'not before the audit' }), 'reason')
})
