// JSON text as a view: strings unescaped, escapes whole, numbers that become strings, JSON in strings.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { builtIn } from '../../../src/masking/catalogue.ts'
import { jsonFields } from '../../../src/masking/custom.ts'
import type { Detector } from '../../../src/masking/detector.ts'
import { applyEdits } from '../../../src/masking/edits.ts'
import { createMasker, maskerOf } from '../../../src/masking/engine.ts'
import { growth, LINEAR, timeOf } from '../../support/growth.ts'
import { collect, cut } from '../../support/masking-agreement.ts'

const masker = createMasker(['email', 'card', 'private-key'])
const mask = (text: string) => masker.mask(text, 'json').text

t.test('values and keys are masked, structure is not', async (t) => {
  t.equal(
    mask('{"to": ["ada@example.com", true], "ada@example.com": null}'),
    '{"to": ["[EMAIL]", true], "[EMAIL]": null}',
  )
  t.equal(mask('"ada@example.com"'), '"[EMAIL]"')
})

t.test('escapes are read as what they mean, and never cut', async (t) => {
  t.equal(mask('{"a":"x\\n\\u0061da\\u0040example.com\\n"}'), '{"a":"x\\n[EMAIL]\\n"}')
  t.equal(mask('"\\ud83d\\ude00ada@example.com\\"q\\""'), '"\\ud83d\\ude00[EMAIL]\\"q\\""')
  t.strictSame(masker.mask('"\\u0061da@example.com"', 'json').findings, [
    { detector: 'email', start: 1, end: 21, score: 1 },
  ])
  t.equal(
    mask(JSON.stringify({ key: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n' })),
    '{"key":"[PRIVATE_KEY]\\n"}',
  )
})

t.test('a masked number becomes a string; other numbers keep their lexemes', async (t) => {
  t.equal(mask('{"card": 4111111111111111, "x": 1.50e+2}'), '{"card": "[CARD]", "x": 1.50e+2}')
  t.equal(mask('4111111111111111'), '"[CARD]"')
  t.equal(mask(`[${'1'.repeat(100)}]`), `[${'1'.repeat(100)}]`)
})

t.test('a number is masked by what it says, whatever its spelling', async (t) => {
  for (const number of [
    '4.111111111111111e15',
    '4111111111111111.0',
    '411111111111111100E-2',
    '-41111111111.11111e+5',
  ]) {
    t.equal(mask(`{"card": ${number}, "x": 1}`), '{"card": "[CARD]", "x": 1}')
    for (let cut = 1; cut < number.length; cut++) {
      const stream = masker.open('json')
      const settled = [stream.write(number.slice(0, cut)), stream.write(number.slice(cut)), stream.end()]
      t.same(
        settled.flatMap(({ edits }) => edits.map(({ text }) => text)),
        ['"[CARD]"'],
      )
      t.same(
        settled.flatMap(({ findings }) => findings.map(({ detector }) => detector)),
        ['card'],
      )
    }
  }
})

t.test('after a syntax error the rest is seen with what stood before it', async (t) => {
  const passwords = createMasker(['password', 'ssn'])
  const far = JSON.stringify({ a: 'x'.repeat(1000), password: 'S3cr3t!value' })
  for (const [text, masked] of [
    ['"password": "S3cr3t!value", "a": 1', '"password": "[PASSWORD]", "a": 1'],
    ['"ssn": 536904399', '"ssn": [SSN]'],
    ['{"password": hunter2x}', '{"password": [PASSWORD]}'],
    [`{"password": 'hunter2x'}`, `{"password": '[PASSWORD]'}`],
    [far.replace('"S', "'S"), far.replace('"S3cr3t!value', "'[PASSWORD]")],
    [JSON.stringify(`{"password": hunter2x}`), JSON.stringify('{"password": [PASSWORD]}')],
  ] as const) {
    for (const size of [1, 7, 5000]) {
      const pieces = cut(text, Array(1100).fill(size) as number[])
      t.equal(collect(text, pieces, passwords.open('json')).text, masked)
    }
  }
})

t.test('keys that come out alike stay apart', async (t) => {
  t.equal(
    mask('{"a@b.co": 1, "c@d.ef": 2, "o": {"g@h.ij": 3}, "k@l.mn": 4}'),
    '{"[EMAIL]": 1, "[EMAIL]#2": 2, "o": {"[EMAIL]": 3}, "[EMAIL]#3": 4}',
  )
})

t.test('keys that come out like one that was written so stay apart, too', async (t) => {
  t.equal(mask('{"[EMAIL]": 1, "a@b.co": 2}'), '{"[EMAIL]": 1, "[EMAIL]#2": 2}')
  t.equal(
    mask('{"a@b.co": 1, "c@d.ef": 2, "[EMAIL]#2": 3, "[EMAIL]": 4, "g@h.ij": 5}'),
    '{"[EMAIL]": 1, "[EMAIL]#2": 2, "[EMAIL]#2#2": 3, "[EMAIL]#3": 4, "[EMAIL]#4": 5}',
  )
  t.equal(mask('{"[x]": 1, "[x]": 2}'), '{"[x]": 1, "[x]": 2}', 'nothing is masked')
})

t.test('JSON in a string is JSON, three deep; deeper, nothing leaves', async (t) => {
  let text = '{"card": 4111111111111111, "to": "ada\\u0040example.com"}'
  for (let depth = 1; depth <= 3; depth++) {
    text = JSON.stringify({ depth, text })
    const masked = JSON.parse(mask(text)) as { text: string }
    let value = masked.text
    for (let i = 1; i < depth; i++) value = (JSON.parse(value) as { text: string }).text
    t.strictSame(JSON.parse(value), { card: '[CARD]', to: '[EMAIL]' }, `${depth} deep`)
  }
  t.throws(() => mask(JSON.stringify([text])), {
    code: 'ERR_NOT_INSPECTABLE',
    message: 'JSON is nested in strings more than 3 deep.',
  })
})

t.test('after a syntax error the rest is plain text', async (t) => {
  t.equal(mask('{"a": ada@example.com}'), '{"a": [EMAIL]}')
  t.equal(mask('[4111 1111 1111 1111]'), '[[CARD]]')
  t.equal(mask('"a\\x" then ada@example.com'), '"a\\x" then [EMAIL]')
  t.equal(mask('{} "ada@example.com'), '{} "[EMAIL]')
  t.equal(mask('{"cut": "off at ada@example.com'), '{"cut": "off at [EMAIL]')
})

t.test('what stands before a syntax error is the context of what follows', async (t) => {
  const all = createMasker(builtIn.resolve(['all']))
  for (const text of [
    '"password": "hunter2Secret9x"',
    '["password" => "hunter2Secret9x"]',
    '{"password"=>"hunter2Secret9x"}',
    '{"password": hunter2Secret9x}',
    '{"user": "ada", "password": hunter2Secret9x}',
  ]) {
    const masked = text.replace('hunter2Secret9x', '[PASSWORD]')
    t.equal(all.mask(text, 'json').text, masked, text)
    for (let cut = 1; cut < text.length; cut++) {
      const stream = all.open('json')
      const steps = [stream.write(text.slice(0, cut)), stream.write(text.slice(cut)), stream.end()]
      t.equal(
        applyEdits(
          text,
          steps.flatMap(({ edits }) => edits),
        ),
        masked,
        `${text}, cut at ${cut}`,
      )
    }
  }
})

t.test('a number that a wrong sign follows may be the beginning of something else', async (t) => {
  const network = createMasker(['ip', 'mac-address', 'card'])
  const masked = (text: string): string => network.mask(text, 'json').text
  t.equal(masked('[2001:db8::ff00:42:8329]'), '[[IP]]')
  t.equal(masked('{"at": 2e01:db8::ff00:42:8329}'), '{"at": [IP]}')
  t.equal(masked('["a", 10:1b:44:11:3a:b7]'), '["a", [MAC_ADDRESS]]')
  t.equal(masked('10:1b:44:11:3a:b7'), '[MAC_ADDRESS]')
  t.equal(masked('[4.111111111111111e15: 1]'), '["[CARD]": 1]', 'and is masked by what it says')
})

t.test('an escape that the end cuts is read as it stands', async (t) => {
  const digits: Detector = {
    ...builtIn.named(['card'])[0],
    name: 'digits',
    placeholder: '[DIGITS]',
    forms: [{ grammar: /[0-9]{3}/ }],
  } as Detector
  const { check: _, lastValid: __, ...uncertain } = digits
  t.equal(maskerOf([uncertain]).mask('"x\\u004', 'json').text, '"x\\u[DIGITS]')
  const stream = maskerOf([jsonFields({ name: 'field' }, ['pin'])]).open('json')
  const text = '{"pin": "12\\u003'
  const edits = [...stream.write(text).edits, ...stream.end().edits]
  t.equal(applyEdits(text, edits), '{"pin": "[FIELD]')
})

t.test('structure leaves at once, a string by the word, a number when it is over', async (t) => {
  const stream = masker.open('json')
  t.equal(stream.write('{"a": "').through, 7)
  t.equal(stream.write('to ad').through, 10)
  t.strictSame(stream.write('a@b.co"').edits, [{ start: 10, end: 18, text: '[EMAIL]' }])
  t.equal(stream.write(', "n": 41').through, 26)
  t.equal(stream.write('11').through, 26)
  t.equal(stream.write('}').through, 31)
})

t.test('a number too long to wait is read as raw text; what follows it is JSON again', async (t) => {
  const after = '"ada\\u0040example.com"'
  const long = '1'.repeat(100)
  t.equal(mask(`[${long},${after}]`), `[${long},"[EMAIL]"]`)
  t.equal(mask(`[4111111111111111${' '.repeat(100)},${after}]`), `["[CARD]"${' '.repeat(100)},"[EMAIL]"]`)
  t.equal(mask(`[${long}x 4111111111111111]`), `[${long}x [CARD]]`)
  t.equal(mask(`[${long}`), `[${long}`)
  const stream = masker.open('json')
  t.equal(stream.write(`[${long}`).through, 101)
})

t.test('a key that is cut into strings is masked in each of them', async (t) => {
  const lines = [
    '-----BEGIN PRIVATE KEY-----',
    'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v',
    'VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g=',
    '-----END PRIVATE KEY-----',
    'authenticationtokens',
  ]
  const masked = [...lines.slice(0, 4).map(() => '[PRIVATE_KEY]'), 'authenticationtokens']
  t.strictSame(JSON.parse(mask(JSON.stringify(lines, null, 2))), masked)
  t.strictSame(JSON.parse(mask(JSON.stringify({ pem: lines.map((line) => `${line}\n`) }))), {
    pem: [...masked.slice(0, 4).map((line) => `${line}\n`), 'authenticationtokens\n'],
  })
  t.strictSame(JSON.parse(mask(JSON.stringify([lines[0], '', ' ', ` ${lines[1]}`]))), [
    masked[0],
    '',
    ' ',
    ' [PRIVATE_KEY]',
  ])
  const nested = JSON.parse(mask(JSON.stringify({ text: JSON.stringify(lines) }))) as { text: string }
  t.strictSame(JSON.parse(nested.text), masked)
  t.equal(
    mask('"-----BEGIN PRIVATE KEY-----\\n" +\n"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v"'),
    '"[PRIVATE_KEY]\\n" [PRIVATE_KEY]"',
    'no JSON: the rest as text',
  )
  t.equal(
    mask('{"pattern":"-----BEGIN PRIVATE KEY-----","path":"authenticationtokens"}'),
    '{"pattern":"[PRIVATE_KEY]","path":"authenticationtokens"}',
    'a key between them',
  )
})

t.test('hostile JSON takes time in proportion to its length', async (t) => {
  const key = `"-----BEGIN PRIVATE KEY-----\\n`
  // An escape's bound is 65,536 in one value: four times the size must stay below.
  for (const [head, unit, most] of [
    ['[', '1', 400_000],
    ['[1', ' ', 400_000],
    ['[1.', '0', 400_000],
    ['[1e', '1', 400_000],
    [key, '\\u0041', 15_000],
    ['"', '\\u0041', 15_000],
    ['["', '\\n', 15_000],
  ] as const) {
    const grown = growth((n) => void mask(head + unit.repeat(n)), Math.min(most, 25_000), most)
    t.ok(grown < LINEAR, `${head}${unit}: ${grown.toFixed(1)} × at 4 × the size`)
  }
})

t.test('values under a long key take no longer than others', async (t) => {
  const time = (key: string): number => {
    const text = `{"${key}":[${'1,'.repeat(30_000)}1]}`
    mask(text)
    return Math.min(...[1, 2, 3].map(() => timeOf(() => void mask(text))))
  }
  const [short, long] = [time('k'), time('k'.repeat(1024))]
  t.ok(long < 4 * short + 20, `${short.toFixed(1)} ms → ${long.toFixed(1)} ms`)
})

t.test(
  'a key that is written like a placeholder stays apart from one that became it, whatever the placeholder',
  async (t) => {
    const own = maskerOf([{ ...builtIn.named(['email'])[0], placeholder: 'mail.' } as Detector])
    const { text } = own.mask('{"ada@example.com":1,"mail.":2,"b":{"mail.":3}}', 'json')
    t.equal(text, '{"mail.":1,"mail.#2":2,"b":{"mail.":3}}')
  },
)

t.test('a stream that rests inside of an object does not keep the piece that its key came in', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const resting = (i: number) => {
    const stream = masker.open('json')
    const piece = `{"a":"${'word '.repeat(4_000)}","a rather long key, number ${i}":{"x":[1,2,`
    stream.write(Buffer.from(piece, 'utf16le').toString('utf16le'))
    return stream
  }
  resting(0)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const streams = Array.from({ length: 200 }, (_, i) => resting(i))
  collectGarbage()
  const each = (process.memoryUsage().heapUsed - before) / streams.length
  t.ok(each < 8_192, `${each} bytes a stream`)
})
