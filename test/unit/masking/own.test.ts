// What a company says of masking: its own detectors beside the catalogue's, modes, and what is wrong with them.
import t from 'tap'
import { createMasker } from '../../../src/masking/engine.ts'
import { catalogueOf, flawsOf, type MaskingRules, type OwnDetector } from '../../../src/masking/own.ts'

const RULES: MaskingRules = { detectors: {}, mode: 'redact', modes: {} }
const family = 'secrets'
const masked = (
  rules: Partial<MaskingRules>,
  list: readonly string[],
  text: string,
  kind?: 'json',
): string => {
  const catalogue = catalogueOf({ ...RULES, ...rules })
  return createMasker(catalogue.resolve(list), catalogue).mask(text, kind).text
}
/** The flaws of one detector, as `key: message`. */
const flaws = (own: Partial<OwnDetector>): string[] =>
  flawsOf({ ...RULES, detectors: { it: { family, ...own } } }).map(
    ({ path, message }) => `${path.slice(2).join('.')}: ${message}`,
  )

t.test('own detectors stand beside the catalogue’s, and name a text first', async (t) => {
  const detectors = {
    badge: { pattern: '\\bB-[0-9]{4}\\b', family: 'personal' },
    project: { words: ['Bluebird'], ignoreCase: true, placeholder: '<project>', family },
    ours: { pattern: '[a-z]+@ours\\.example', family: 'personal' },
    patient: { fields: ['name'], family: 'personal' },
  } as const
  const text = 'B-1234 at BLUEBIRD: ada@ours.example, ada@example.com'
  t.equal(masked({ detectors }, ['all'], text), '[BADGE] at <project>: [OURS], [EMAIL]')
  t.equal(masked({ detectors }, ['personal'], text), '[BADGE] at BLUEBIRD: [OURS], [EMAIL]')
  t.equal(masked({ detectors }, ['project', 'email'], text), 'B-1234 at <project>: [EMAIL], [EMAIL]')
  t.equal(masked({ detectors }, ['all'], '{"name": "Bluebird x"}', 'json'), '{"name": "[PATIENT]"}')
})

t.test('a pattern may say what stands before it', async (t) => {
  const own = { pattern: '[a-z]{3,9}', after: 'user(?:=|: ?)', notAfter: 'superuser=', family } as const
  t.equal(
    masked({ detectors: { user: own } }, ['user'], 'user=ada user: bob superuser=carl'),
    'user=[USER] user: [USER] superuser=carl',
  )
})

t.test('a mode is the detector’s own, its family’s, or everyone’s', async (t) => {
  const text = 'ada@example.com 4111 1111 1111 1111 +1 415-555-2671'
  const hashKey = 'k'.repeat(16)
  const all = masked({ mode: 'hash', modes: { phone: 'partial', card: 'redact' }, hashKey }, ['all'], text)
  t.match(all, /^\[EMAIL:[0-9a-f]{15}\] \[CARD\] \*\*\*\* 71$/)
  t.match(
    masked({ modes: { personal: 'hash', email: 'redact' }, hashKey }, ['all'], text),
    /^\[EMAIL\] \[CARD:[0-9a-f]{15}\] /,
  )
  const again = masked({ mode: 'hash', hashKey }, ['email'], 'ada@example.com')
  t.equal(all.split(' ')[0], again, 'the same name wherever the key is the same')
  t.not(masked({ mode: 'hash', hashKey: 'l'.repeat(16) }, ['email'], 'ada@example.com'), again)
  const badge = { pattern: 'B-[0-9]{6}', shown: 2, family: 'personal' } as const
  t.equal(masked({ detectors: { badge }, modes: { badge: 'partial' } }, ['badge'], 'B-123456'), '**** 56')
})

t.test('hashed values wait whole; a longer one than may wait is redacted', async (t) => {
  const detectors = { note: { pattern: 'NOTE:[a-z]*', commit: 'NOTE:', family } } as const
  const rules = { detectors, mode: 'hash', hashKey: 'k'.repeat(16) } as const
  const catalogue = catalogueOf({ ...RULES, ...rules })
  const stream = createMasker(['note'], catalogue).open('text')
  t.equal(stream.write('a NOTE:abc').through, 2)
  t.match(stream.end().edits, [{ start: 2, end: 10, text: /^\[NOTE:[0-9a-f]{15}\]$/ }])
  t.equal(masked(rules, ['note'], `NOTE:${'x'.repeat(1020)}.`), '[NOTE].')
  t.match(masked(rules, ['note'], `NOTE:${'x'.repeat(1019)}.`), /^\[NOTE:[0-9a-f]{15}\]\.$/)
})

t.test('what is wrong is told by its key, with what to do', async (t) => {
  t.strictSame(flaws({}), [': must have exactly one of pattern, words and fields'])
  t.strictSame(flaws({ pattern: 'a', words: ['b'] }), [
    ': must have exactly one of pattern, words and fields',
  ])
  t.strictSame(flaws({ words: ['b'], notAfter: 'x' }), ['not_after: belongs to a pattern'])
  const notation = 'use literals, classes, groups, alternatives and greedy quantifiers'
  t.strictSame(flaws({ pattern: 'a(?=b)' }), [
    `pattern: can't be used: lookaround is not supported (at 1); ${notation}`,
  ])
  t.strictSame(flaws({ pattern: '(a' }), [
    `pattern: is no regular expression: unterminated group; ${notation}`,
  ])
  t.match(flaws({ pattern: 'EMP\\-[0-9]{6}' }), [/^pattern: is no regular expression: invalid escape; /])
  t.match(flaws({ pattern: 'ab\\p{Lu}' }), [/the escape "\\p" is not supported \(at 2\)/])
  t.strictSame(flaws({ pattern: 'a?' }), [
    'pattern: matches the empty text; let it match one character at least, such as x+ for x*',
  ])
  t.match(flaws({ pattern: 'BEGIN[a-z ]*END' }), [
    /^pattern: can stay undecided for more than 1024 characters; bound its repetitions, or name the beginning that proves a value \(commit\)$/,
  ])
  t.strictSame(flaws({ pattern: 'BEGIN[a-z ]*END', commit: 'BEGIN' }), [])
  t.match(flaws({ pattern: '(?:a{1000}){1000}' }), [
    /^pattern: is longer than 8192 characters, its repetitions written out/,
  ])
  t.match(flaws({ pattern: 'x', after: 'y*' }), [/^after: matches the empty text/])
  t.match(flaws({ pattern: 'x', after: 'y', notAfter: '(' }), [/^not_after: is no regular expression/])
  t.match(flaws({ pattern: '(', after: 'y' }), [/^pattern: is no regular expression/])
  t.match(flaws({ pattern: 'BEGIN[a-z ]*END', after: 'y' }), [/^pattern: can stay undecided/])
  t.strictSame(flaws({ pattern: 'KEY-[a-z]+', commit: 'KEZ-' }), [
    'commit: is no beginning of what the pattern matches',
  ])
  t.strictSame(flaws({ words: ['', ' '] }), ['words: has no entries'])
  t.strictSame(flaws({ pattern: '\\[?[A-Z]+' }), [
    'pattern: finds the placeholder that it leaves, and would mask it again; name another placeholder',
  ])
  t.strictSame(flaws({ pattern: '[A-Z]{2}-[0-9]', placeholder: 'XX-1' }), [
    'placeholder: finds the placeholder that it leaves, and would mask it again; name another placeholder',
  ])
})

t.test('examples are tried', async (t) => {
  const examples = { found: ['is E-12', 'E-x'], not: ['E-1', 'E-123'] }
  t.strictSame(flaws({ pattern: 'E-[0-9]{2}', examples }), [
    'examples.found.1: is not found by this detector',
    'examples.not.1: is found by this detector',
  ])
  const json = { found: ['{"a": {"b": 1}}'], not: ['{"b": 1}', 'b'] }
  t.strictSame(flaws({ fields: ['a.b'], examples: json }), [])
})

t.test('partial is for what may show a part', async (t) => {
  t.match(flawsOf({ ...RULES, modes: { email: 'partial', card: 'partial', personal: 'partial' } }), [
    { path: ['modes', 'email'], message: /^can't be partial: .* Partial can be: (?=.*\bcard\b)(?!.*email)/ },
    { path: ['modes', 'personal'] },
  ])
})
