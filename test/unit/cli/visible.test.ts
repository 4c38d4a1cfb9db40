import t from 'tap'
import { visible, visibleJson } from '../../../src/cli/visible.ts'

t.test('controls, bidirectional and invisible characters are shown, all else stays', async (t) => {
  t.equal(visible('\u001b]0;pwned\u0007'), '\\u{1b}]0;pwned\\u{7}')
  t.equal(
    visible('a\u009bb\u202ec\u180ed\u{e0041}\u{e007f}'),
    'a\\u{9b}b\\u{202e}c\\u{180e}d\\u{e0041}\\u{e007f}',
  )
  t.equal(visible('Zoë 日本 🙂'), 'Zoë 日本 🙂')
})

t.test('as JSON they are escaped, and a parser reads what was meant', async (t) => {
  const value = { name: 'a\u001b\u007f\u009b\u202e\u{e0041}é🙂\n', ['\u2066key']: 1 }
  for (const json of [visibleJson(value), visibleJson(value, 2)]) {
    t.notMatch(json, /[^\n -~é🙂]/u)
    t.same(JSON.parse(json), value)
  }
  t.equal(visibleJson('\u{e0041}\u009b'), '"\\udb40\\udc41\\u009b"')
  t.equal(visibleJson({ a: [] }, 2), '{\n  "a": []\n}')
})
