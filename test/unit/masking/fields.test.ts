// Field rules: what stands under a key is masked whole, in JSON however it is nested, spelled and cut.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Detector } from '../../../src/masking/detector.ts'
import { createMasker, maskerOf } from '../../../src/masking/engine.ts'
import { hashed, partial } from '../../../src/masking/placeholders.ts'
import { builtIn } from '../../../src/masking/catalogue.ts'
import { collect, cut } from '../../support/masking-agreement.ts'

const field = (name: string, fields: readonly string[]): Detector => ({
  name,
  placeholder: `[${name.toUpperCase()}]`,
  family: 'personal',
  forms: [],
  fields,
  score: 1,
  source: 'policy',
  found: '',
  nearMiss: '',
})
const patient = field('patient', ['patient_name', 'mrn'])
const street = field('street', ['address.street'])
const masker = maskerOf([patient, street, ...builtIn.named(['email'])])
const mask = (text: string): string => masker.mask(text, 'json').text

t.test('the whole value under a key is masked, the rest is as it was', async (t) => {
  t.equal(
    mask('{"patient_name": "Ada \\"L\\" \\u00e9", "mrn": 1.50e+2, "to": "a@b.co", "n": [1, null]}'),
    '{"patient_name": "[PATIENT]", "mrn": "[PATIENT]", "to": "[EMAIL]", "n": [1, null]}',
  )
  t.equal(mask('{"mrn": true, "mrn": null, "mrn": ""}'), '{"mrn": "[PATIENT]", "mrn": null, "mrn": ""}')
  t.equal(mask('{"mrn": "  "}'), '{"mrn": "[PATIENT]"}')
  t.equal(mask(`{"mrn": -${'1'.repeat(90)}.5 , "x": 2}`), '{"mrn": "[PATIENT]" , "x": 2}')
  t.equal(mask('"mrn"'), '"mrn"')
  t.equal(masker.mask('{"mrn": "1"}').text, '{"mrn": "[PATIENT]"}', 'where nobody reads it as JSON, too')
})

t.test(
  'a rule is the end of the path, whole keys in either case, and holds for everything below',
  async (t) => {
    t.equal(
      mask('{"PATIENT_NAME": "a", "my_patient_name": "b", "patient_name_2": "c"}'),
      '{"PATIENT_NAME": "[PATIENT]", "my_patient_name": "b", "patient_name_2": "c"}',
    )
    t.equal(
      mask('{"street": "a", "home": {"address": [{"street": "b", "town": "c"}]}, "address.street": "d"}'),
      '{"street": "a", "home": {"address": [{"street": "[STREET]", "town": "c"}]}, "address.street": "[STREET]"}',
    )
    t.equal(
      mask('{"mrn": ["a", 7, [false], {"x": "c", "address": {"street": "d"}}], "x": "e"}'),
      '{"mrn": ["[PATIENT]", "[PATIENT]", ["[PATIENT]"], {"x": "[PATIENT]", "address": {"street": "[PATIENT]"}}], "x": "e"}',
    )
    t.equal(mask('{"\\u006drn": "a"}'), '{"\\u006drn": "[PATIENT]"}')
  },
)

t.test('JSON in strings goes on with the path; one document may follow another', async (t) => {
  const inner = JSON.stringify({ street: 'a', mrn: 1 })
  t.strictSame(
    JSON.parse((JSON.parse(mask(JSON.stringify({ address: inner }))) as { address: string }).address),
    {
      street: '[STREET]',
      mrn: '[PATIENT]',
    },
  )
  t.equal(mask(JSON.stringify({ mrn: inner })), '{"mrn":"[PATIENT]"}', 'under the rule it is one value')
  t.equal(
    mask('{"mrn":"a"}\n{"mrn":"b"}[{"mrn":3}] {'),
    '{"mrn":"[PATIENT]"}\n{"mrn":"[PATIENT]"}[{"mrn":"[PATIENT]"}] {',
  )
})

t.test('a redacted value leaves at once, and only its length waits', async (t) => {
  const stream = masker.open('json')
  t.strictSame(stream.write('{"mrn": "A').edits, [{ start: 9, end: 10, text: '[PATIENT]' }])
  t.equal(stream.write('x'.repeat(100_000)).through, 100_010)
  t.match(stream.write('"}'), {
    through: 100_012,
    findings: [{ detector: 'patient', start: 9, end: 100_010 }],
  })
  t.match(masker.mask('{"mrn": "\\"\\n1"}', 'json').findings, [{ start: 9, end: 14 }], 'escapes included')
})

t.test('partial and hash see the whole value; a longer one than may be held is redacted', async (t) => {
  const shown = maskerOf([partial({ ...patient, shown: 2 })])
  t.equal(
    shown.mask('{"mrn": 123456, "patient_name": "Ad"}', 'json').text,
    '{"mrn": "**** 56", "patient_name": "****"}',
  )
  const keyed = maskerOf([hashed(patient, new Uint8Array(16))])
  const [, a, b, c] =
    /^\{"mrn": "(.*?)", "mrn": "(.*?)", "mrn": "(.*?)"\}$/.exec(
      keyed.mask('{"mrn": "7\\u0031", "mrn": 71, "mrn": 72}', 'json').text,
    ) ?? []
  t.match(a, /^\[PATIENT:[0-9a-f]{15}\]$/)
  t.equal(a, b)
  t.not(a, c)
  const long = JSON.stringify({ mrn: 'x'.repeat(1025) })
  for (const size of [1, 50, 2000]) {
    t.equal(
      collect(long, cut(long, Array(1100).fill(size) as number[]), keyed.open('json')).text,
      '{"mrn":"[PATIENT]"}',
    )
  }
})

t.test(
  'where JSON breaks off within a field nothing more leaves; where the text ends there it is masked',
  async (t) => {
    for (const text of [
      '{"mrn": Ada}',
      `{"mrn": 'Ada'}`,
      '{"mrn": "Ada\\x"}',
      '{"mrn": ["a" "b"]}',
      '{"mrn": {"a": 1 "b": 2}}',
      `{"mrn": ${'1'.repeat(90)}x}`,
    ]) {
      t.throws(
        () => mask(text),
        { code: 'ERR_NOT_INSPECTABLE', message: 'JSON breaks off in a field that "patient" masks.' },
        text,
      )
    }
    t.equal(mask('{"mrn": "Ad'), '{"mrn": "[PATIENT]')
    t.equal(mask('{"mrn": -'), '{"mrn": "[PATIENT]"')
    t.equal(mask(`{"mrn": ${'1'.repeat(90)}.`), '{"mrn": "[PATIENT]"')
    t.equal(mask('{"mrn": "a" then a@b.co'), '{"mrn": "[PATIENT]" then [EMAIL]')
  },
)

// The meaning, in the simplest way: on values, not on text.
function reference(value: unknown, path: string, rule?: string): unknown {
  const held =
    rule ??
    (/(^|\.)address\.street$/.test(path)
      ? '[STREET]'
      : /(^|\.)(patient_name|mrn)$/.test(path)
        ? '[PATIENT]'
        : undefined)
  if (Array.isArray(value)) return value.map((item) => reference(item, path, held))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        reference(item, `${path}.${key.toLowerCase()}`, held),
      ]),
    )
  }
  if (held !== undefined) return value === null || value === '' ? value : held
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  return JSON.stringify(reference(JSON.parse(value), path))
}

const keys = fc.constantFrom(
  'mrn',
  'Mrn',
  'patient_name',
  'address',
  'street',
  'x',
  'address.street',
  'm"rn',
  'é',
)
const leaf = fc.oneof(
  fc.constantFrom('', 'Ada', ' ', '😀', '"\\', 'a\nb', 'true'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const values = (depth: number): fc.Arbitrary<unknown> =>
  depth === 0
    ? leaf
    : fc.oneof(
        leaf,
        fc.array(values(depth - 1), { maxLength: 3 }),
        fc.dictionary(keys, values(depth - 1), { maxKeys: 4 }),
        fc.dictionary(keys, values(Math.min(1, depth - 1)), { maxKeys: 3 }).map((it) => JSON.stringify(it)),
      )

t.test('in every cut it is what the reference says of the values', async () => {
  const rules = maskerOf([patient, street])
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))
  fc.assert(
    fc.property(values(3), cuts, fc.boolean(), (value, sizes, spaced) => {
      const text = JSON.stringify(value, null, spaced ? 1 : 0)
      const whole = rules.mask(text, 'json')
      assert.deepEqual(JSON.parse(whole.text), JSON.parse(JSON.stringify(reference(value, ''))))
      for (const pieces of [text.split(''), cut(text, sizes)]) {
        const cutUp = collect(text, pieces, rules.open('json'))
        assert.equal(cutUp.text, whole.text)
        assert.deepEqual(cutUp.findings, whole.findings)
      }
    }),
    { seed: 20_261_123, numRuns: 400 },
  )
})

t.test('a finding is all of a value with escapes, in JSON in strings too', async (t) => {
  const text = JSON.stringify({ a: JSON.stringify({ mrn: 'a"b', n: JSON.stringify({ mrn: 'c\nd' }) }) })
  const found = ['a\\\\\\"b', 'c\\\\\\\\nd']
  for (const size of [1, 7, 500]) {
    const { findings } = collect(text, cut(text, Array(100).fill(size) as number[]), masker.open('json'))
    t.strictSame(
      findings.map(({ start, end }) => text.slice(start, end)),
      found,
    )
  }
})

t.test('so it is where the value ends and another one begins in one write', async () => {
  const text = JSON.stringify({ a: JSON.stringify({ mrn: 'a\n\n\nb', n: [{ mrn: 'c' }] }) })
  for (let at = 0; at <= text.length; at++) {
    const { findings } = collect(text, [text.slice(0, at), text.slice(at)], masker.open('json'))
    const found = findings.map(({ start, end }) => text.slice(start, end))
    assert.deepEqual(found, ['a\\\\n\\\\n\\\\nb', 'c'])
  }
})

t.test('an engine without field rules does not ask for them', async (t) => {
  t.equal(createMasker(['email']).hasFields, undefined)
  t.equal(masker.hasFields, true)
})
