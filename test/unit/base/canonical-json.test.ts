import fc from 'fast-check'
import t from 'tap'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import type { Json } from '../../../src/base/canonical-json.ts'

t.test('the examples of RFC 8785', async (t) => {
  const sample: Json = {
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  t.equal(
    canonicalJson(sample),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
  const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
  t.equal(canonicalJson(keys), '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
})

t.test('keys that look like numbers are sorted as text', async (t) => {
  t.equal(canonicalJson({ 9: 'a', 10: 'b', a: { 2: 0, 11: 0 } }), '{"10":"b","9":"a","a":{"11":0,"2":0}}')
})

t.test('members that are undefined are left out, minus zero is zero', async (t) => {
  t.equal(canonicalJson({ a: undefined, b: [-0], c: { d: undefined } }), '{"b":[0],"c":{}}')
  t.equal(canonicalJson({ c: 1, a: undefined, b: -0 }), '{"b":0,"c":1}')
})

t.test('what has no canonical form is refused, however deep', async (t) => {
  for (const value of [NaN, Infinity, '\ud800', { a: [NaN] }, { b: 1, a: '\udc00' }, { '\ud800': 1 }]) {
    t.throws(() => canonicalJson(value), TypeError)
  }
})

t.test('the order in which members were set makes no difference', async () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse())
      const text = canonicalJson(value as Json)
      return text === canonicalJson(reversed as Json) && text === canonicalJson(JSON.parse(text))
    }),
    { seed: 8785 },
  )
})
