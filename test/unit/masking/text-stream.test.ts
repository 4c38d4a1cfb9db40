// When text leaves: as soon as it is decided, and not before.
import t from 'tap'
import { builtIn } from '../../../src/masking/catalogue.ts'
import { applyEdits, joinPieces } from '../../../src/masking/edits.ts'
import { customPattern } from '../../../src/masking/custom.ts'
import type { Detector } from '../../../src/masking/detector.ts'
import { createMasker, maskerOf } from '../../../src/masking/engine.ts'
import { growth, LINEAR } from '../../support/growth.ts'

t.test('prose is held by the word, since a word may be the beginning of an address', async (t) => {
  const stream = createMasker(['email']).open('text')
  t.equal(stream.write('Hello wor').through, 6)
  t.equal(stream.write('ld').through, 6)
  t.equal(stream.write('!').through, 12)
  t.equal(stream.end().through, 12)
})

t.test('nothing to find leaves at once, without allocating anew', async (t) => {
  const stream = createMasker(['card']).open('text')
  const one = stream.write('no digits here ')
  const two = stream.write('nor here')
  t.equal(one.through, 15)
  t.equal(two.through, 23)
  t.equal(one.edits, two.edits)
  t.ok(Object.isFrozen(one.edits))
})

t.test('a placeholder leaves as soon as the value is certain; what follows of it is swallowed', async (t) => {
  const stream = createMasker(['private-key']).open('text')
  t.equal(stream.write('see -----BEGIN PRIVATE').through, 4)
  t.strictSame(stream.write(' KEY-----'), {
    through: 31,
    edits: [{ start: 4, end: 31, text: '[PRIVATE_KEY]' }],
    findings: [],
  })
  t.strictSame(stream.write('\nMIIEvQIBADANBgkqhkiG9w0B').edits, [{ start: 31, end: 56, text: '' }])
  t.strictSame(stream.write('AQEF').edits, [{ start: 56, end: 60, text: '' }])
  t.strictSame(stream.write('. And'), {
    through: 65,
    edits: [],
    findings: [{ detector: 'private-key', start: 4, end: 60, score: 1 }],
  })
})

t.test(
  'overlapping values are one edit, named by the one that began first; touching ones are two',
  async (t) => {
    const masker = createMasker(['ip', 'email'])
    t.equal(masker.mask('10.0.0.1-10.0.0.2').text, '[IP]-[IP]')
    t.equal(masker.mask('ada@10.0.0.1').text, 'ada@[IP]')
    t.equal(masker.mask('see ada.10.0.0.1@example.com').text, 'see [EMAIL]')
    const token = `ghp_${'a1'.repeat(20)}`
    t.equal(createMasker(['email', 'github-token']).mask(`${token}@example.com`).text, '[EMAIL]')
    t.equal(createMasker(['github-token', 'email']).mask(`${token}@example.com`).text, '[GITHUB_TOKEN]')
  },
)

t.test('a placeholder waits for what began before it, and only for that', async (t) => {
  const waiting = createMasker(['email', 'private-key']).open('text')
  t.equal(waiting.write('-----BEGIN PRIVATE KEY-----').through, 27)
  const tied = createMasker(['email', 'anthropic-key']).open('text')
  t.equal(tied.write('sk-ant-0123456789012345678901').through, 0, 'an address comes first in this policy')
  const won = createMasker(['anthropic-key', 'email']).open('text')
  t.equal(won.write('sk-ant-0123456789012345678901').through, 29)
})

t.test('of values inside of each other, the one that began first is reported', async (t) => {
  const found = (names: readonly string[], text: string) =>
    createMasker(names)
      .mask(text)
      .findings.map(({ detector }) => detector)
  t.strictSame(found(['card', 'email'], '4111111111111111@example.com'), ['card'])
  t.strictSame(found(['email', 'card'], '4111111111111111@example.com'), ['email'])
  t.strictSame(found(['phone', 'email'], 'ada.415-555-2671@example.com'), ['email'])
})

t.test('what lies inside of a value is not reported, even where that one is not, either', async (t) => {
  const named = (name: string, grammar: RegExp): Detector => ({
    name,
    placeholder: `[${name}]`,
    family: 'secrets',
    forms: [{ grammar }],
    score: 1,
    source: 'observed',
    found: '',
    nearMiss: '',
  })
  const [first, inner] = [named('first', /aaa/), named('inner', /bbb/)]
  const around = named('around', /[a-d]{9,}/)
  for (const policy of [
    [first, inner, around],
    [inner, first, around],
  ]) {
    const { text, findings } = maskerOf(policy).mask('<aaacbbbcdddd')
    t.equal(text, '<[first]')
    t.same(
      findings.map(({ detector, start, end }) => [detector, start, end]),
      [['first', 1, 4]],
    )
  }
})

t.test('what is reported does not depend on how the text is cut', async (t) => {
  const rule = (name: string, grammar: RegExp): Detector => ({
    ...(builtIn.named(['email'])[0] as Detector),
    name,
    forms: [{ grammar }],
  })
  const masker = maskerOf([rule('one', /a/), rule('some', /a{2,}/)])
  const whole = masker.mask('aaab').findings
  t.strictSame(whole, [{ detector: 'one', start: 0, end: 1, score: 1 }])
  const stream = masker.open('text')
  t.strictSame(
    [...'aaab'].flatMap((unit) => stream.write(unit).findings).concat(stream.end().findings),
    whole,
  )
})

t.test('values inside of an endless one do not slow it down', async (t) => {
  const masker = createMasker(['private-key', 'aws-key'])
  const line = 'AKIAQ3EGRB7KX2MNP4TZ/AKIAQ3EGRB7KX2MNP4TZ/\n'
  const grown = growth(
    (n) => {
      const stream = masker.open('text')
      stream.write('-----BEGIN RSA PRIVATE KEY-----\n')
      for (let i = 0; i < n; i++) for (let at = 0; at < 44; at += 4) stream.write(line.slice(at, at + 4))
      t.equal(stream.end().findings.length, 1)
    },
    500,
    4_000,
  )
  t.ok(grown < LINEAR, `${grown.toFixed(1)} × at 4 × the size`)
})

t.test('a value that proves itself early ends inside of no surrogate pair, either', async (t) => {
  const masker = maskerOf([customPattern({ name: 'note' }, 'note:.*', 'note:')])
  const stream = masker.open('text')
  const steps = [...'note:\ud83d\ude00'.split('').map((unit) => stream.write(unit)), stream.end()]
  for (const { through, edits } of steps) for (const { end } of edits) t.ok(end <= through)
  t.equal(steps.at(-2)?.through, 7)
  t.equal(masker.mask('note:a\ud83d').text, '[NOTE]\ud83d', 'half of a pair is no character')
})

t.test('surrogate pairs stay whole', async (t) => {
  const stream = createMasker(['email']).open('text')
  t.equal(stream.write('a \ud83d').through, 2)
  t.equal(stream.write('\ude00').through, 4)
  t.equal(stream.write('\ud83d').through, 4)
  t.equal(stream.end().through, 5)
})

t.test('however it is cut, edits come in order and cover the same text', async (t) => {
  const text = 'Write ada@example.com or +1 415-555-2671, card 4111 1111 1111 1111.'
  const masker = createMasker(['email', 'phone', 'card'])
  const whole = masker.mask(text)
  t.equal(whole.text, 'Write [EMAIL] or [PHONE], card [CARD].')
  for (let cut = 0; cut <= text.length; cut++) {
    const stream = masker.open('text')
    const steps = [stream.write(text.slice(0, cut)), stream.write(text.slice(cut)), stream.end()]
    t.strictSame(joinPieces(steps.flatMap(({ edits }) => edits)), whole.edits, `cut at ${cut}`)
    t.strictSame(
      steps.flatMap(({ findings }) => findings),
      whole.findings,
    )
  }
})

t.test('a value may be endless: none of it is held', async (t) => {
  const stream = createMasker(['private-key', 'email', 'card']).open('text')
  stream.write('-----BEGIN PRIVATE KEY-----\n')
  const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'
  let written = 28
  let most = 0
  for (let i = 0; i < 2_000; i++) {
    written += line.length
    most = Math.max(most, written - stream.write(line).through)
  }
  t.equal(most, 1, 'but the last line’s end')
  t.match(stream.end().findings, [{ detector: 'private-key', start: 0, end: written - 1 }])
})

t.test('where a check throws, nothing leaves, then or later', async (t) => {
  const failing: Detector = {
    name: 'failing',
    placeholder: '[FAILING]',
    family: 'secrets',
    forms: [{ grammar: /[0-9]{4}/ }],
    check: () => {
      throw new Error('as it may')
    },
    score: 1,
    source: 'https://example.com',
    found: '1234',
    nearMiss: '123',
  }
  for (const kind of ['text', 'json'] as const) {
    const stream = maskerOf([failing]).open(kind)
    stream.write('"pin 12')
    t.throws(() => stream.write('34 and "'), {
      code: 'ERR_MASKING_FAILED',
      message: 'The check of the detector failing failed.',
    })
    t.throws(() => stream.write('more'), { code: 'ERR_MASKING_FAILED' })
    t.throws(() => stream.end(), { code: 'ERR_MASKING_FAILED' })
  }
})

t.test('as many findings as a text can hold, in one piece or in many', async (t) => {
  const many = 200_000
  const masker = createMasker(['email'])
  const text = 'a@b.co '.repeat(many)
  t.equal(masker.mask(text).text, '[EMAIL] '.repeat(many))
  const stream = masker.open('json')
  t.equal(stream.write(JSON.stringify(text.split(' '))).edits.length + stream.end().edits.length, many)
})

t.test(
  'at whichever call a check or a placeholder throws, no text of an undecided value leaves',
  async (t) => {
    const text = 'a 4111111111111111 b 5555555555554444, +1 415-555-2671; 10.0.0.1 and 536-90-4399 #'
    const base = builtIn.named(['card', 'phone', 'ip', 'ssn'])
    const masked = maskerOf(base).mask(text).text
    for (let throwAt = 1; ; throwAt++) {
      let calls = 0
      const counted =
        <T>(call: (value: string) => T) =>
        (value: string): T => {
          if (++calls === throwAt) throw new Error('as it may')
          return call(value)
        }
      const failing = base.map((detector) => ({
        ...detector,
        check: counted((value) => detector.check?.(value) ?? true),
        replace: counted(() => detector.placeholder),
      }))
      for (const kind of ['text', 'json'] as const) {
        calls = 0
        const source = kind === 'json' ? JSON.stringify([text]) : text
        const expected = kind === 'json' ? JSON.stringify([masked]) : masked
        const stream = maskerOf(failing).open(kind)
        let left = ''
        let from = 0
        try {
          for (const unit of [...source, undefined]) {
            const { through, edits } = unit === undefined ? stream.end() : stream.write(unit)
            const here = edits.map((edit) => ({ ...edit, start: edit.start - from, end: edit.end - from }))
            left += applyEdits(source.slice(from, through), here)
            from = through
          }
          t.equal(left, expected)
          if (kind === 'json') return
        } catch (thrown) {
          t.match(thrown, { code: 'ERR_MASKING_FAILED' })
          t.ok(expected.startsWith(left), `${kind}, call ${throwAt}: ${left}`)
          t.throws(() => stream.end(), { code: 'ERR_MASKING_FAILED' })
        }
      }
    }
  },
)
