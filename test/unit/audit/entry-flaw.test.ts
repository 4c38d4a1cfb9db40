import t from 'tap'
import { encodeBundle } from '../../../src/audit/bundle.ts'
import { checkBundle } from '../../../src/audit/verify/check-bundle.ts'
import { entryFlaw } from '../../../src/audit/verify/entry-flaw.ts'
import { plainLeaf, plainRoot } from '../../support/laid-out.ts'

const flaw = (text: string | Uint8Array) => {
  const bytes = Buffer.from(text)
  return entryFlaw(bytes, 0, bytes.length)
}
const entry = (members: string) => `{"kind":"x",${members}"time":"2026-11-23T14:00:00.000Z","v":1}`

t.test('an entry in canonical JSON has no flaw', async (t) => {
  for (const members of [
    '',
    '"n":0,',
    '"n":-1.5e-7,',
    '"n":1e+21,',
    '"n":[1,"a",null,true,{}],',
    '"o":{"a":{},"b":[]},',
    '"s":"\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\u007f",',
    '"sé":"日本 🎉",',
  ]) {
    t.equal(flaw(entry(members)), undefined, members)
  }
})

t.test('every other spelling has', async (t) => {
  for (const members of [
    ' ',
    '"b":1,"a":1,',
    '"n":1,"n":1,',
    '"n":01,',
    '"n":-0,',
    '"n":1.0,',
    '"n":1E3,',
    '"n":1e400,',
    '"n":,',
    '"n":-,',
    '"n":tru,',
    '"n":NaN,',
    '"s":"\\/",',
    '"s":"\\u0041",',
    '"s":"\\u001F",',
    '"s":"\\u000a",',
    '"s":"\\ud800",',
    '"s":"\u0001",',
    '"s":"open,',
    '"n":[1,],',
    `"n":${'['.repeat(60)}${']'.repeat(60)},`,
  ]) {
    t.equal(flaw(entry(members)), 'is not canonical JSON', members)
  }
  const text = Buffer.from(entry('"s":"_",'))
  text[text.indexOf('_')] = 0xff
  t.equal(flaw(text), 'is not canonical JSON', 'no UTF-8')
  for (const text of ['', '[]', '1', 'null', `${entry('')} `, entry('').slice(0, -1)]) {
    t.equal(flaw(text), 'is not canonical JSON', text)
  }
})

t.test('canonical JSON that is no entry says so', async (t) => {
  for (const text of [
    '{}',
    '{"kind":"x","time":"t"}',
    '{"kind":1,"time":"t","v":1}',
    '{"kind":"x","time":"t","v":"1"}',
    '{"a":{"kind":"x","time":"t","v":1}}',
  ]) {
    t.match(flaw(text), /^is no entry/, text)
  }
})

t.test('a bundle: its hashes, its root, and the first entry that is none', async (t) => {
  const texts = [entry(''), entry('"n":1,'), 'nonsense', entry('"n":01,')]
  const checked = checkBundle(encodeBundle(texts), 256)
  t.same(checked.hashes, Buffer.concat(texts.map(plainLeaf)))
  t.same(checked.root, plainRoot(texts.map(plainLeaf)))
  t.same(checked.flaw, { at: 2, why: 'is not canonical JSON' })
  const cut = checkBundle(encodeBundle(texts.slice(0, 2)).slice(0, -1), 256)
  t.same(cut.flaw, { at: 1, why: 'is cut off' })
  t.equal(cut.hashes.length, 32)
  t.same(checkBundle(encodeBundle(texts), 2).flaw, undefined, 'more than was asked for is not looked at')
  t.same(checkBundle(new Uint8Array([0]), 1).flaw, { at: 0, why: 'is cut off' })
})
