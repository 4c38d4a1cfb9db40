// What a company looks for itself: its patterns mean what RE2 and JavaScript say, its words stand alone.
import t from 'tap'
import { customPattern, dictionary } from '../../../src/masking/custom.ts'
import { maskerOf } from '../../../src/masking/engine.ts'
import { timeOf } from '../../support/growth.ts'

const X = { name: 'ticket-number' }
const mask = (text: string, pattern: string, commit?: string) =>
  maskerOf([customPattern(X, pattern, commit)]).mask(text).text

t.test('a pattern finds what it matches, longest first', async (t) => {
  t.equal(
    mask('see ACME-1234, ACME-12345 and ACME-1', 'ACME-[0-9]{4,5}'),
    'see [TICKET_NUMBER], [TICKET_NUMBER] and ACME-1',
  )
  t.equal(
    maskerOf([customPattern({ ...X, placeholder: '<ticket>' }, 'T[0-9]+')]).mask('T17').text,
    '<ticket>',
  )
})

t.test('boundaries of words, letters of either case, whole characters', async (t) => {
  t.equal(mask('T1 xT1 T1x T12', '\\bT[0-9]{1,2}\\b'), '[TICKET_NUMBER] xT1 T1x [TICKET_NUMBER]')
  const any = maskerOf([customPattern({ ...X, ignoreCase: true }, 'straße-[0-9]')])
  t.equal(any.mask('STRAßE-1 Straße-2 straẞe-3').text, '[TICKET_NUMBER] [TICKET_NUMBER] [TICKET_NUMBER]')
  t.equal(mask('"a😀b" "', '"[^"]{1,9}"'), '[TICKET_NUMBER] "')
  t.equal(mask('key 😀!', 'key .!'), '[TICKET_NUMBER]')
  t.equal(mask('😀😀😁', '(?:😀){2}'), '[TICKET_NUMBER]😁')
  for (const cut of [1, 2, 3, 4, 5]) {
    const stream = maskerOf([customPattern(X, 'x.{2}y')]).open('text')
    const text = 'x😀😁y'
    const steps = [stream.write(text.slice(0, cut)), stream.write(text.slice(cut)), stream.end()]
    t.strictSame(
      steps.flatMap(({ edits }) => edits),
      [{ start: 0, end: 6, text: '[TICKET_NUMBER]' }],
    )
  }
})

t.test('what could go on for ever needs a beginning that proves it', async (t) => {
  const endless = 'BEGIN TICKET[A-Za-z0-9 \\n]*END'
  t.throws(() => mask('', endless), {
    code: 'ERR_CONFIG',
    message: 'The pattern of the detector ticket-number can stay undecided for more than 1024 characters.',
  })
  t.equal(mask('a BEGIN TICKET 12\nEND. b', endless, 'BEGIN TICKET'), 'a [TICKET_NUMBER]. b')
  t.equal(mask('a BEGIN TICKET 12, b', endless, 'BEGIN TICKET'), 'a [TICKET_NUMBER], b')
  t.equal(mask('a BEGIN TICKE', endless, 'BEGIN TICKET'), 'a BEGIN TICKE')
  const stream = maskerOf([customPattern(X, endless, 'BEGIN TICKET')]).open('text')
  t.strictSame(stream.write('BEGIN TICKET').edits, [{ start: 0, end: 12, text: '[TICKET_NUMBER]' }])
  t.equal(stream.write('x'.repeat(100_000)).through, 100_012)
})

t.test('what an automaton can’t read is refused, and why is said', async (t) => {
  const refused: [string, RegExp][] = [
    ['a(?=b)', /lookaround/],
    ['(?<!a)b', /lookaround/],
    ['(?<year>[0-9]{4})', /a group that is named or has flags/],
    ['(a)\\1', /the escape "\\1"/],
    ['a+?', /a lazy quantifier/],
    ['a\\bc', /the escape "\\b"/],
    ['\\p{L}x', /the escape "\\p"/],
    ['[[:alpha:]]', /names a class as POSIX does/],
    ['a[', /is no regular expression/],
    ['[😀]x', /a character beyond U\+FFFF in a class/],
    ['x?', /matches the empty text/],
    ['\\bfoo|bar\\b', /has alternatives beside a "\\b"/],
    ['\\b#[0-9]{3}', /beside what is not a letter/],
    ['[0-9]{3}%\\b', /beside what is not a letter/],
    ['(x{0,90}){0,90}y', /too much to make them/],
    ['a?'.repeat(2000) + 'b', /too many of its parts may be left out/],
    [`${'('.repeat(3000)}a${')'.repeat(3000)}`, /a group in more than 200 others is not supported/],
  ]
  for (const [pattern, message] of refused) {
    t.throws(() => mask('', pattern), { code: 'ERR_CONFIG', message }, pattern)
  }
})

t.test('a dictionary finds whole words and phrases', async (t) => {
  const masker = maskerOf([
    dictionary({ name: 'project', ignoreCase: true }, ['Bluebird', 'Night Owl', 'C++', 'owl']),
  ])
  t.equal(
    masker.mask('Bluebird bluebirds BLUEBIRD, night  owl; C++ and owls, Owl').text,
    '[PROJECT] bluebirds [PROJECT], [PROJECT]; [PROJECT] and owls, [PROJECT]',
  )
  t.throws(() => dictionary({ name: 'project' }, ['', ' ']), { code: 'ERR_CONFIG' })
})

t.test('a dictionary may be large', async (t) => {
  const words = Array.from({ length: 20_000 }, (_, i) => `name${(i * 7919).toString(36)}`)
  const masker = maskerOf([dictionary({ name: 'person' }, words)])
  t.equal(masker.mask(`see ${words[12_345]} and name!`).text, 'see [PERSON] and name!')
})

t.test('letters of either case make a large dictionary little slower', async (t) => {
  const words = Array.from({ length: 3_000 }, (_, i) => `name${(i * 7919).toString(36)}`)
  const time = (ignoreCase: boolean): number =>
    timeOf(() => void maskerOf([dictionary({ name: 'person', ignoreCase }, words)]))
  time(true)
  const [exact, either] = [time(false), time(true)]
  t.ok(either < 5 * exact + 50, `${exact.toFixed(0)} ms → ${either.toFixed(0)} ms`)
})
