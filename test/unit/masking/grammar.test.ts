// What patterns may say, and what is refused when they are loaded.
import t from 'tap'
import type { Detector } from '../../../src/masking/detector.ts'
import { maskerOf } from '../../../src/masking/engine.ts'

const X: Omit<Detector, 'forms'> = {
  name: 'x',
  placeholder: '[X]',
  family: 'secrets',
  score: 1,
  source: 'https://example.com',
  found: '',
  nearMiss: '',
}
const mask = (text: string, grammar: RegExp, more: Partial<Detector> = {}) =>
  maskerOf([{ ...X, forms: [{ grammar }], ...more }]).mask(text).text

t.test('the longest match wins, not the first alternative', async (t) => {
  t.equal(mask('abcd', /ab|abc/), '[X]d')
  t.equal(mask('xaaab', /a{2,3}b?/), 'x[X]')
  t.equal(mask('key-1-2', /key(?:-[0-9])*/), '[X]')
})

t.test('the notation means what it means in JavaScript', async (t) => {
  t.equal(mask('a.b a-b', /a\.b/), '[X] a-b')
  t.equal(mask('\u00e9\t1_', /[^\W]\w/), '\u00e9\t[X]')
  t.equal(mask('a]b-c', /[\]-]/), 'a[X]b[X]c')
  t.equal(mask('x\u20ac', /\u20ac/), 'x[X]')
})

t.test('contexts: what stands before a form, and right after the value', async (t) => {
  const forms = [{ grammar: /[0-9]{2}/, notAfter: /[a-z]|[0-9]\./ }]
  t.equal(maskerOf([{ ...X, forms }]).mask('a12 1.23 .34 -56').text, 'a12 1.23 .[X] -[X]')
  t.equal(mask('12 123', /[0-9]{2}/, { notBefore: /[0-9]/ }), '[X] 1[X]')
})

t.test('a check decides between the ends that the grammar allows, the longest first', async (t) => {
  const check = (text: string) => text.length % 2 === 0
  t.equal(mask('aaaaa ', /a{1,8}/, { check }), '[X]a ')
})

t.test('what an automaton can’t do, or would have to hold back, is refused', async (t) => {
  const refused: [RegExp, RegExp][] = [
    [/a(?=b)/, /lookaround is not supported \(at 1\)/],
    [/(?<!a)b/, /lookaround/],
    [/a+?/, /a lazy quantifier/],
    [/^a/, /an anchor/],
    [/(a)\1/, /the escape "\\1"/],
    [/\bword/, /the escape "\\b"/],
    [/a/i, /the flags "i"/],
    [/a*/, /matches the empty text/],
    [/key: .{4}/, /reads halves of surrogate pairs/],
    [/a[ab]*c/, /can stay undecided for more than 1024 characters/],
    [/a[ab]{1100}/, /can stay undecided/],
    [/(?:a|b)*a(?:a|b){14}c/, /needs more than 8192 states|undecided/],
  ]
  for (const [grammar, message] of refused) {
    t.throws(() => mask('', grammar), { code: 'ERR_CONFIG', message }, String(grammar))
  }
})
