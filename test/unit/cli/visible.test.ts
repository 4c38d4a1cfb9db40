import t from 'tap'
import { visible, visibleJson } from '../../../src/cli/visible.ts'

t.test('controls, bidirectional and invisible characters are shown, all else stays', async (t) => {
  t.equal(visible('\u001b]0;pwned\u0007'), '\\u{1b}]0;pwned\\u{7}')
  t.equal(
    visible('a\u009bb\u202ec\u180ed\u{e0041}\u{e007f}'),
    'a\\u{9b}b\\u{202e}c\\u{180e}d\\u{e0041}\\u{e007f}',
  )
  t.equal(visible('Zoë 日本 🙂 ❤️ אדה'), 'Zoë 日本 🙂 ❤️ אדה')
  t.equal(
    visible('a\u034fb\u3164c\ufe0fd\u{e0100}\u2800'),
    'a\\u{34f}b\\u{3164}c\\u{fe0f}d\\u{e0100}\\u{2800}',
    'the invisible',
  )
  t.equal(visible('\ud800x'), '\\u{d800}x', 'half a character')
})

t.test('marks stacked so high that they paint over other lines are shown apart', async (t) => {
  t.equal(visible(`z${'\u0301'.repeat(6)}`), `z${'\u0301'.repeat(4)}\\u{301}\\u{301}`)
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
