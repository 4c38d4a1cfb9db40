// What a found value leaves as: a placeholder, its last digits, or a keyed name.
import t from 'tap'
import { builtIn } from '../../../src/masking/catalogue.ts'
import type { Detector } from '../../../src/masking/detector.ts'
import { maskerOf } from '../../../src/masking/engine.ts'
import { hashed, partial } from '../../../src/masking/placeholders.ts'

const named = (name: string) => builtIn.named([name])[0] as Detector
const key = new Uint8Array(16).fill(7)

t.test('partial shows a value’s last characters, and no more', async (t) => {
  const masker = maskerOf([partial(named('card')), partial(named('phone'))])
  t.equal(masker.mask('4111 1111 1111 1111 or +1 415-555-2671').text, '**** 1111 or **** 71')
  t.equal(masker.mask('[4111111111111111]', 'json').text, '["**** 1111"]')
  t.throws(() => partial(named('email')), {
    code: 'ERR_CONFIG',
    message: 'No part of what "email" finds may be shown.',
  })
})

t.test('a hash is the same for the same value and key, and for no other', async (t) => {
  const masker = maskerOf([hashed(named('email'), key)])
  const [one, two, three] = masker.mask('a@b.co c@d.ef a@b.co').text.split(' ')
  t.match(one, /^\[EMAIL:[0-9a-f]{15}\]$/)
  t.equal(one, three)
  t.not(one, two)
  const other = maskerOf([
    hashed(
      named('email'),
      key.map(() => 8),
    ),
  ])
  t.not(other.mask('a@b.co').text, one)
  t.throws(() => hashed(named('email'), key.slice(1)), { code: 'ERR_CONFIG' })
})

t.test('it waits for the whole value; a longer one than may be held is redacted', async (t) => {
  const masker = maskerOf([hashed(named('npm-token'), key)])
  const token = `npm_${'a1'.repeat(18)}`
  const stream = masker.open('text')
  t.equal(stream.write(`x ${token}`).through, 2)
  t.strictSame(stream.write('b').edits, [])
  t.match(stream.write('.').edits, [{ start: 2, end: 43, text: /^\[NPM_TOKEN:[0-9a-f]+\]$/ }])
  const long = `npm_${'a1'.repeat(600)}`
  for (const size of [1, 7, 2000]) {
    const cut = masker.open('text')
    const steps = []
    for (let at = 0; at < long.length; at += size) steps.push(cut.write(long.slice(at, at + size)))
    steps.push(cut.end())
    t.equal(
      steps
        .flatMap(({ edits }) => edits)
        .map(({ text }) => text)
        .join(''),
      '[NPM_TOKEN]',
    )
  }
})

t.test('of overlapping values, the first one says what leaves', async (t) => {
  const masker = maskerOf([hashed(named('email'), key), named('ip')])
  t.match(masker.mask('ada.10.0.0.1@example.com').text, /^\[EMAIL:[0-9a-f]{15}\]$/)
})
