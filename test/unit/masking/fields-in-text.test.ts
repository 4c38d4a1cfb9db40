// Field rules amid prose: JSON in fences, after a log's prefix, escaped once more, and Python's dictionaries.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { verifyBounds } from '../../../src/masking/bounds.ts'
import { builtIn } from '../../../src/masking/catalogue.ts'
import { jsonFields } from '../../../src/masking/custom.ts'
import type { Detector } from '../../../src/masking/detector.ts'
import { maskerOf } from '../../../src/masking/engine.ts'
import { fieldsInText } from '../../../src/masking/fields-in-text.ts'
import { hashed, partial } from '../../../src/masking/placeholders.ts'
import { assertAgreement, collect, cut } from '../../support/masking-agreement.ts'

const patient = jsonFields({ name: 'patient' }, ['patient_name', 'mrn', 'prénom'])
const street = jsonFields({ name: 'street' }, ['address.street'])
const masker = maskerOf([...builtIn.named(['email']), patient, street])
const mask = (text: string): string => masker.mask(text).text

t.test(
  'JSON in a fence, in a sentence and after a prefix is masked under the key, the rest is as it was',
  async (t) => {
    t.equal(
      mask(
        'Here it is:\n```json\n{\n  "patient_name": "Ada \\"L\\"",\n  "MRN" :\n -1.50e+2,\n  "n": [1, "x"]\n}\n```\n',
      ),
      'Here it is:\n```json\n{\n  "patient_name": "[PATIENT]",\n  "MRN" :\n "[PATIENT]",\n  "n": [1, "x"]\n}\n```\n',
    )
    t.equal(
      mask('10:00 INFO {"mrn":"1","to":"a@b.co"}\n10:01 INFO {"mrn":"b@b.co"}'),
      '10:00 INFO {"mrn":"[PATIENT]","to":"[EMAIL]"}\n10:01 INFO {"mrn":"[PATIENT]"}',
    )
    t.equal(
      mask('so "mrn": true, "mrn": null, "mrn": "" and "mrn": 5.'),
      'so "mrn": "[PATIENT]", "mrn": null, "mrn": "" and "mrn": "[PATIENT]".',
    )
    t.equal(mask('the "mrn": the record\'s number'), 'the "mrn": the record\'s number')
    t.equal(mask('it is "mrn": "Ada'), 'it is "mrn": "[PATIENT]')
  },
)

t.test('keys match as they do in JSON: whole ones, their ends after a dot, escapes, and paths', async (t) => {
  t.equal(
    mask(
      'a {"xmrn": "a", "mrn2": "b", "user.mrn": "c", "pr\\u00e9nom": "d", "PRÉNOM": "e", "address.street": "f"}',
    ),
    'a {"xmrn": "a", "mrn2": "b", "user.mrn": "[PATIENT]", "pr\\u00e9nom": "[PATIENT]", "PRÉNOM": "[PATIENT]", "address.street": "[STREET]"}',
  )
  t.equal(
    mask('a {"street": "a", "address": [{"zip": "b:", "street": "c"}], "street": "d"}'),
    'a {"street": "a", "address": [{"zip": "b:", "street": "[STREET]"}], "street": "d"}',
  )
})

t.test(
  'a rule holds for what stands in an object or array under its key, up to the next bracket',
  async (t) => {
    t.equal(
      mask('a {"mrn": ["a,", 7, false, null, "b"], "x": ["c"]}'),
      'a {"mrn": ["[PATIENT]", "[PATIENT]", "[PATIENT]", null, "[PATIENT]"], "x": ["c"]}',
    )
    t.equal(
      mask(`a {"mrn": {"x": ":", "y": "it's, \\"d\\"", 'z' : 5}, "x": "c"}`),
      `a {"mrn": {"x": "[PATIENT]", "y": "[PATIENT]", 'z' : "[PATIENT]"}, "x": "c"}`,
    )
    t.equal(mask('a {"mrn": ["a", ["b"], "c"]}'), 'a {"mrn": ["[PATIENT]", ["b"], "c"]}')
  },
)

t.test('JSON in a string of JSON, and a Python dictionary, stay what they are', async (t) => {
  const inner = { mrn: 'a "b" \\ c', x: 'y', patient_name: 7, address: { street: ['é', 'Elm'] } }
  const outer = mask(`log ${JSON.stringify({ body: JSON.stringify(inner) })}`)
  t.strictSame(JSON.parse((JSON.parse(outer.slice(4)) as { body: string }).body), {
    mrn: '[PATIENT]',
    x: 'y',
    patient_name: '[PATIENT]',
    address: { street: ['[STREET]', '[STREET]'] },
  })
  t.equal(
    mask(`{'mrn': 'O\\'Brien', 'patient_name': "O'Brien", 'x': 'y', 'mrn': True, 'mrn': None}`),
    `{'mrn': '[PATIENT]', 'patient_name': "[PATIENT]", 'x': 'y', 'mrn': "[PATIENT]", 'mrn': None}`,
  )
})

t.test('prose in a string of JSON is read so, too', async (t) => {
  const content = 'Here: {"mrn": 5, "address": {"street": "Elm"}}'
  t.strictSame(JSON.parse(masker.mask(JSON.stringify({ content }), 'json').text), {
    content: 'Here: {"mrn": "[PATIENT]", "address": {"street": "[STREET]"}}',
  })
})

t.test('after a syntax error keys are told as amid prose, those before it included', async (t) => {
  t.equal(
    masker.mask(`{"mrn": 1, "address": {"zip": 'x', "street": "Elm"}, "mrn": 'Ada'}`, 'json').text,
    `{"mrn": "[PATIENT]", "address": {"zip": 'x', "street": "[STREET]"}, "mrn": '[PATIENT]'}`,
  )
  t.equal(masker.mask('"mrn": "Ada", "x": 1', 'json').text, '"mrn": "[PATIENT]", "x": 1')
})

t.test('a redacted value leaves at once, however long it is', async (t) => {
  const stream = masker.open('text')
  t.match(stream.write('so "mrn": "A'), { through: 12, edits: [{ start: 11, end: 12, text: '[PATIENT]' }] })
  t.equal(stream.write('x'.repeat(100_000)).through, 100_012)
  t.equal(stream.write('\\').through, 100_012, 'but no escape is cut')
  t.match(stream.write('""'), { findings: [{ detector: 'patient', start: 11, end: 100_014 }] })
})

t.test('partial and hash see the whole value, and give the names that they give in JSON', async (t) => {
  const shown = maskerOf([partial({ ...patient, shown: 2 })])
  t.equal(shown.mask('a "mrn": 123456, "mrn": "Ad"').text, 'a "mrn": "**** 56", "mrn": "****"')
  const keyed = maskerOf([hashed(patient, new Uint8Array(16))])
  const json = keyed.mask('{"mrn": "7\\u0031"}', 'json').text
  t.match(json, /"\[PATIENT:[0-9a-f]{15}\]"/)
  const plain = json.replace('{', 'a {')
  const cutUp = (text: string): string => collect(text, text.split(''), keyed.open('text')).text
  t.equal(cutUp('a {"mrn": "7\\u0031"}'), plain)
  t.equal(cutUp('a {"mrn": 71}'), plain)
  t.equal(cutUp(JSON.stringify(`a {"mrn": "7\\u0031"}`)), JSON.stringify(plain))
  t.equal(cutUp(`a "mrn": "${'x'.repeat(1025)}"`), 'a "mrn": "[PATIENT]"')
})

t.test('a placeholder is written as the text around it is', async (t) => {
  const quoted = maskerOf([jsonFields({ name: 'it', placeholder: `<"it's">` }, ['k'])])
  const masked = quoted.mask(`a {"k": "v", "k": 5, "t": "{\\"k\\": \\"v\\"}"} {'k': 'v'}`).text
  t.equal(
    masked,
    `a {"k": "<\\"it's\\">", "k": "<\\"it's\\">", "t": "{\\"k\\": \\"<\\\\\\"it's\\\\\\">\\"}"} {'k': '<\\"it\\'s\\">'}`,
  )
})

const flat = fc.oneof(
  fc.constantFrom('', 'Ada', ' ', '😀', '"\\', "it's", 'a\nb', ':', ',', 'x: ', 'true', '"mrn": "a"'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const record = (keys: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 4 })
/** What the rules reach into: under a key of theirs nothing is nested, and no string has a bracket. */
const held = record(['mrn', 'x', 'm"rn', 'street'], flat)
const values = (depth: number): fc.Arbitrary<unknown> => {
  if (depth === 0) return fc.oneof(flat, fc.constantFrom('}', '["', "{'"))
  const inner = values(depth - 1)
  return fc
    .tuple(
      record(['x', 'street', 'm"rn', 'é', 'xmrn', 'address street'], inner),
      record(['mrn', 'Mrn', 'PATIENT_NAME', 'address.street', 'a.mrn'], fc.oneof(flat, fc.array(flat), held)),
      record(
        ['address', 'Address'],
        fc.oneof(
          flat,
          held,
          held.map((it) => [it]),
        ),
      ),
      fc.array(inner, { maxLength: 3 }),
      fc.boolean(),
    )
    .map(([a, b, c, list, isList]) => (isList ? [...list, a, b] : Object.assign({}, b, a, c)))
}
const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))

t.test('amid prose JSON is masked as it is where a text begins with it', async (t) => {
  // Where the rules of two detectors hold, JSON names the outer one, and text the policy's first.
  const rules = maskerOf([patient, street].map((detector) => ({ ...detector, placeholder: '[FIELD]' })))
  let found = 0
  fc.assert(
    fc.property(
      values(2),
      fc.constantFrom('Here: ', 'a "b: ', "it's {", '```json\n', '[1] "mrn" '),
      cuts,
      fc.constantFrom(0, 1, 20),
      (value, before, sizes, space) => {
        const json = JSON.stringify(value, null, ' '.repeat(space))
        const text = `${before}${json} and so on`
        const expected = rules.mask(json, 'json')
        for (const pieces of [[text], text.split(''), cut(text, sizes)]) {
          const actual = collect(text, pieces, rules.open('text'))
          assert.equal(actual.text, `${before}${expected.text} and so on`)
          assert.deepEqual(
            actual.findings.map(({ start, end }) => text.slice(start, end)),
            expected.findings.map(({ start, end }) => json.slice(start, end)),
          )
        }
        found += expected.findings.length
      },
    ),
    { seed: 20_261_123, numRuns: 400 },
  )
  t.ok(found > 400, `${found} values`)
})

t.test('the engine agrees with the reference on damaged text, however it is cut', async () => {
  const detectors: readonly Detector[] = [patient, street].flatMap(fieldsInText)
  for (const detector of detectors) verifyBounds(detector)
  const scrap = fc.constantFrom(
    ...[
      '"mrn"',
      "'mrn'",
      '\\"mrn\\"',
      '"address"',
      '"street"',
      '\\"street\\"',
      ':',
      ': ',
      ' : ',
      '"',
      "'",
      '\\"',
      '\\',
    ],
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      'Ada',
      '-',
      '5',
      '.',
      'e',
      'true',
      'tr',
      '\n',
      '\\n',
      '\\u00e9',
      '😀',
      '\\\\',
      '"a@b.co"',
    ],
  )
  const rules = maskerOf([patient, street])
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 24 }), cuts, (scraps, sizes) =>
      assertAgreement(rules, detectors, 'text', scraps.join(''), sizes),
    ),
    { seed: 20_261_123, numRuns: 400 },
  )
})
