// Texts to mask: values, near-values and what stands between them, in every combination.
import fc from 'fast-check'
import { detectors } from '../../src/masking/catalogue.ts'
import { unusual } from './masking-catalogue.ts'

const examples = [...detectors, ...unusual].flatMap(({ found, nearMiss }) => [found, nearMiss])

const MORE = [
  'ada@example.com',
  'a.b+c@sub.example.co.uk',
  'grace@example.com.',
  'hans.müller@exämple.de',
  '-x@y.zz',
  `${'a'.repeat(64)}@example.com`,
  `${'a'.repeat(65)}@example.com`,
  `a${'-.b'.repeat(22)}@example.com`,
  '4111111111111111',
  '4111-1111-1111-1111',
  '378282246310005',
  '3782 822463 10005',
  '0.4111111111111111',
  '536-90-4399',
  '078-05-1120',
  '(415) 555-2671',
  '+1 415-555-2671',
  '+49 (0)30 1234567',
  '0041 44 668 18 00',
  '020 7946 0958',
  '10.0.0.1',
  '1.2.3.4.5',
  '::1',
  'fe80::1%eth0/64',
  '2001:db8::ff00:42:8329',
  'std::a::b2',
  'GB29 NWBK 6016 1331 9268 19',
  'GB29NWBK60161331926819',
  'AKIAIOSFODNN7EXAMPLE',
  'xoxb-012345678901-0123456789012-ExampleExampleExample-',
  'glpat-ExampleExample012345.01.0123456',
  'sk-ant-api03-0123456789abcdefghijklmnop',
  'sk-0123456789abcdefghijklmn',
  `sk-ant-api03-0123456789abcdefghijklmnop${'--a'.repeat(30)}@example.com`,
  'ghp_0123456789abcdefghijklmnopqrstuvwxyzAB',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ',
  '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEpQIBAAKCAQEAn6+O8li\nabc=\n-----END RSA PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQ\\n',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY-----\n# mine\n',
  'MIIEvQIBADANBgkqhkiG9w0BAQ',
  '\nMC4CAQAw\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----',
  'password: ',
  'db://me:s3cret',
  '#1234',
  `#${'12'.repeat(600)}`,
  'night\nowl',
  'bird  song',
  '<12 ~345 x>',
  '<~345;123> ',
  '~3456;1234 ',
  '<abc~345x ',
  '<abc~3;12 ',
  'sk-',
  'eyJ',
  'xoxb-1-',
  '@',
  '1 2 3 4',
]

const value = fc.constantFrom(...examples, ...MORE)

/** A value with a unit left out, doubled, or another put in. */
const damaged = fc
  .tuple(
    value,
    fc.nat(),
    fc.constantFrom('', '.', '-', ' ', '1', 'a', '_', '@', ':', '\n', '😀', 'é'),
    fc.nat(2),
  )
  .map(([text, place, put, remove]) => {
    const at = place % (text.length + 1)
    return text.slice(0, at) + put + text.slice(at + remove)
  })

const GAPS = [
  '',
  ' ',
  ', ',
  '\n',
  '.',
  '-',
  ':',
  '@',
  '"',
  '/',
  '=',
  '+',
  '_',
  '1',
  'a',
  '😀',
  '\ud83d',
  '—',
  '[',
  '](',
]
const gap = fc.oneof(fc.constantFrom(...GAPS), fc.string({ maxLength: 4 }))

/** A text of a few values and near-values. */
export const texts = fc
  .array(fc.tuple(gap, fc.oneof(value, damaged, fc.string({ maxLength: 12 }))), { maxLength: 4 })
  .chain((parts) => gap.map((last) => parts.map(([before, text]) => before + text).join('') + last))

const scalar = fc.oneof(
  texts,
  fc.constantFrom<unknown>(4111111111111111, 42, -1.5e3, 5555555555554444, true, null, 2025550142),
)

const documents = fc.letrec<{ value: unknown; array: unknown[]; object: object; nested: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, tie('array'), tie('object'), tie('nested')),
  array: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(fc.oneof(texts, fc.constantFrom('a', 'password', 'ada@example.com')), tie('value'), {
    maxKeys: 3,
  }),
  nested: tie('array').map((inner) => JSON.stringify(inner)),
})).value

/** JSON as models write it: with escapes where none are needed, with blanks, broken off, and damaged. */
export const jsonTexts = fc
  .tuple(
    documents,
    fc.constantFrom(0, 2),
    fc.boolean(),
    fc.option(fc.tuple(fc.nat(), fc.constantFrom('', '"', ',', 'x', '\\', '1'))),
  )
  .filter(([document]) => nesting(document) <= 3)
  .map(([document, indent, escapes, damage]) => {
    let text = JSON.stringify(document, null, indent)
    if (escapes) text = text.replace(/(?<!\\)[@.]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`)
    if (!damage) return text
    const at = damage[0] % (text.length + 1)
    return text.slice(0, at) + damage[1] + text.slice(at + 1)
  })

function nesting(document: unknown): number {
  if (typeof document === 'string') {
    try {
      return /^\s*[[{]/.test(document) ? 1 + nesting(JSON.parse(document)) : 0
    } catch {
      return 1
    }
  }
  return Object.values(document ?? {}).reduce((most: number, inner) => Math.max(most, nesting(inner)), 0)
}
