import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { Release } from '../../../src/gateway/release.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import type { Masker } from '../../../src/masking/port.ts'
import { wordMasker } from '../../support/word-masker.ts'
import { operationAt } from '../../support/operation-at.ts'

const chat = operationAt(openaiChat, '/v1/chat/completions')

const WORD = 'SECRET'
const masker = wordMasker(WORD, '[W]')
const asked = chat.readRequest('{"model":"m","stream":true,"messages":[]}', {})

const sse = (value: object | string) =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
const delta = (content: string, index = 0, field = 'content') =>
  sse({ id: 'c', choices: [{ index, delta: { [field]: content }, finish_reason: null }] })
const finish = (index = 0) => sse({ id: 'c', choices: [{ index, delta: {}, finish_reason: 'stop' }] })
const DONE = sse('[DONE]')

function run(
  chunks: readonly Buffer[],
  use: Masker | undefined = masker,
  held = 1 << 16,
): { out: string; release: Release } {
  const release = new Release(openaiChat.framing, chat.events(asked), use, held)
  const out: Buffer[] = []
  for (const chunk of [...chunks, undefined]) {
    out.push(...(chunk ? release.push(chunk) : release.end()))
    while (release.isBehind) out.push(...release.goOn())
  }
  return { out: Buffer.concat([...out, release.terminal ?? Buffer.alloc(0)]).toString(), release }
}
const whole = (wire: string) => run([Buffer.from(wire)])
const contents = (out: string, field = 'content', index = 0) =>
  out
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .flatMap(
      (event) =>
        (JSON.parse(event.slice(6)) as { choices: { index: number; delta: Record<string, string> }[] })
          .choices,
    )
    .filter((choice) => choice.index === index)
    .map((choice) => choice.delta[field])

t.test('events without findings leave byte for byte', (t) => {
  const wire =
    delta('hello ') +
    'data: {"id": "c",  "choices":[{"index":0,"delta":{"content":"w\\u00f6rld"},"n":1.0}]}\n\n' +
    finish() +
    DONE
  t.equal(whole(wire).out, wire)
  t.equal(run([Buffer.from(wire)], undefined).out, wire)
  t.end()
})

t.test('in a finding the first event carries the placeholder, the later ones stay with empty text', (t) => {
  const { out, release } = whole(delta('a SE') + delta('CR') + delta('ET b') + finish() + DONE)
  t.same(contents(out), ['a [W]', '', ' b', undefined])
  t.same(release.findings, { word: 1 })
  t.end()
})

t.test('events wait in order across channels, and a tail leaves before the finish', (t) => {
  const { out } = whole(
    delta('x SEC', 0) +
      delta('other', 1) +
      delta('RETRO', 0) +
      delta('tail SECRE', 1) +
      finish(1) +
      finish(0) +
      DONE,
  )
  t.same(contents(out, 'content', 0), ['x [W]', 'RO', undefined])
  t.same(contents(out, 'content', 1), ['other', 'tail SECRE', undefined])
  t.ok(out.indexOf('x [W]') < out.indexOf('other'))
  t.end()
})

t.test('any cut of the bytes gives the same reply', (t) => {
  const wire =
    delta('pre SECRET mid SE') +
    delta('CRET', 0) +
    delta('SECR', 1) +
    delta('ET! é🦆', 1) +
    delta('because SECRET', 0, 'reasoning_content') +
    finish(0) +
    finish(1) +
    DONE
  const expected = whole(wire).out
  assert.doesNotMatch(expected, /SECRET/)
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
      const bytes = Buffer.from(wire)
      const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]
      assert.equal(run(at.slice(1).map((to, i) => Buffer.from(bytes.subarray(at[i], to)))).out, expected)
    }),
    { seed: 11, numRuns: 200 },
  )
  t.equal(run([...Buffer.from(wire)].map((byte) => Buffer.from([byte]))).out, expected, 'byte by byte')
  t.end()
})

t.test('a final copy, an unknown field and a structural name are not past the masker', (t) => {
  const copy = sse({
    choices: [{ index: 0, delta: {}, message: { content: 'has SECRET' }, finish_reason: 'stop' }],
  })
  t.notMatch(whole(delta('a') + copy + DONE).out, WORD)
  t.notMatch(whole(sse({ choices: [{ index: 0, delta: { novel: 'SECRET' } }] }) + DONE).out, WORD)
  t.notMatch(
    whole(
      sse({ choices: [{ index: 0, text: 'SEC' }] }) + sse({ choices: [{ index: 0, text: 'RET' }] }) + DONE,
    ).out.replace(/[^A-Z]/g, ''),
    WORD,
  )
  t.throws(() => whole(sse({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: WORD }] } }] })), {
    code: 'ERR_NOT_INSPECTABLE',
  })
  t.throws(
    () => whole(sse({ choices: [{ index: 0, delta: {}, [WORD]: 1 }] })),
    { code: 'ERR_NOT_INSPECTABLE' },
    'keys too',
  )
  t.throws(
    () => whole(sse({ choices: [{ index: 0, delta: { content: 'a' }, logprobs: { content: [] } }] })),
    { code: 'ERR_NOT_INSPECTABLE' },
  )
  t.throws(
    () => whole(delta('a') + finish() + delta('more')),
    { code: 'ERR_NOT_INSPECTABLE' },
    'text after the end',
  )
  t.end()
})

t.test(
  'streamed JSON is read unescaped, as the whole text is, and white space before it waits for nothing',
  (t) => {
    const real = createMasker(['email', 'aws-key'])
    const read = (...deltas: string[]) =>
      run([Buffer.from(deltas.map((text) => delta(text)).join('') + finish() + DONE)], real).out
    t.equal(contents(read(' \n', '{"e":"ada\\u', '0040exam', 'ple.com"}')).join(''), ' \n{"e":"[EMAIL]"}')
    const release = new Release(openaiChat.framing, chat.events(asked), real, 1 << 16)
    t.equal(release.push(Buffer.from(delta('  '))).length, 1)
    t.end()
  },
)

t.test('names that clients join across events are inspected joined', (t) => {
  const real = createMasker(['aws-key'])
  const named = (text: string, field = 'name') => {
    const call = field === 'name' ? { index: 0, function: { name: text } } : { index: 0, id: text }
    return sse({ choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }] })
  }
  for (const field of ['name', 'id']) {
    const wire = named('AKIAIOSF', field) + named('ODNN7EXAMPLE', field) + DONE
    t.throws(() => run([Buffer.from(wire)], real), { code: 'ERR_NOT_INSPECTABLE' }, field)
  }
  t.end()
})

t.test(
  'what stands outside the choices is whole with its event: it holds nothing back, and grows nothing',
  (t) => {
    const real = createMasker(['email'])
    const release = new Release(openaiChat.framing, chat.events(asked), real, 1 << 16)
    for (let i = 0; i < 3_000; i++) {
      const event = sse({
        provider: 'OpenAI',
        choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }],
      })
      if (release.push(Buffer.from(event)).length !== 1) return t.fail(`event ${i} waits`)
    }
    t.pass('each of 3,000 events left at once')
    return t.end()
  },
)

const refused = { code: 'ERR_NOT_INSPECTABLE' }

t.test('a part without its index, a second copy and an event name carry nothing past', (t) => {
  const bare = (text: string, before: object[] = []) =>
    sse({ choices: [...before, { index: '0', delta: { content: text } }] })
  t.throws(() => whole(bare('SEC') + bare('RET', [{}]) + DONE), refused)
  const copy = (text: string) => sse({ choices: [{ index: 0, message: { content: text } }] })
  t.throws(() => whole(copy('SEC') + copy('RET') + DONE), refused)
  t.notMatch(whole(`event: SECRET\n${delta('a')}${finish()}event: SECRET\n${DONE}`).out, WORD)
  const choices = Array.from({ length: 1_100 }, (_, index) => ({ index, delta: { content: 'a' } }))
  t.throws(() => whole(sse({ choices })), { code: 'ERR_NOT_INSPECTABLE' }, 'and there is an end to how many')
  t.end()
})

t.test('what is held is bounded, and garbage after the end is ignored', (t) => {
  const many = delta('S') + delta('', 0).repeat(400)
  t.throws(() => run([Buffer.from(many)], masker, 4096), { code: 'ERR_MASKING_FAILED' })
  t.equal(whole(delta('a') + finish() + DONE + 'data: {nonsense\n\n').out, delta('a') + finish() + DONE)
  t.end()
})

t.test('a stream without its end is told apart', (t) => {
  const { out, release } = whole(delta('a SEC'))
  t.same(contents(out), ['a SEC'])
  t.equal(release.terminal, undefined)
  t.end()
})

t.test('an event of any size is looked at turn by turn; what follows it waits, and nothing changes', (t) => {
  const real = createMasker(['email', 'card'])
  const long = `${'IBAN DE89 3704 0044 0532 0130 01, '.repeat(20_000)}mail ada@exam`
  const wire = Buffer.from(delta(long) + delta('ple.org') + delta(' ok') + finish() + DONE)
  const release = new Release(openaiChat.framing, chat.events(asked), real, 1 << 20)
  const out = release.push(wire)
  t.ok(release.isBehind)
  let turns = 0
  for (; release.isBehind; turns++) out.push(...release.goOn())
  t.ok(turns > 1, `${turns} turns`)
  t.equal(contents(Buffer.concat(out).toString()).join(''), `${real.mask(`${long}ple.org ok`).text}`)
  t.same(release.findings, { email: 1 })
  t.match(release.terminal?.toString(), 'DONE')

  const named = (key: string) => sse({ choices: [{ index: 0, delta: { content: '', [key]: 'x' } }] })
  const key = 'k'.repeat(50_000)
  t.equal(run([Buffer.from(named(key) + DONE)], real).out, named(key) + DONE)
  t.throws(() => run([Buffer.from(named(`${key} ada@example.org`) + DONE)], real), {
    code: 'ERR_NOT_INSPECTABLE',
  })
  t.end()
})

t.test('a text at rest holds up no other, and may go on', (t) => {
  const release = new Release(openaiChat.framing, chat.events(asked), masker, 1 << 16)
  const push = (event: string) => Buffer.concat(release.push(Buffer.from(event))).toString()
  // What may become the word waits, until another text speaks.
  t.equal(push(delta('think SEC', 0, 'reasoning')), '')
  const left = push(delta('say ', 0))
  t.match(left, /think SEC.*say /s)
  t.match(push(delta('nothing', 0, 'reasoning')), /nothing/)
  t.match(push(delta('a SECRET b', 0)), /a \[W\] b/)
  t.equal(push(delta('SEC', 0, 'reasoning')), '')
  t.match(push(delta('RET', 0, 'reasoning') + delta('.', 0)), /\[W\]/)
  t.same(release.findings, { word: 2 })
  t.end()
})

t.test('a text that goes on after a rest and completes a finding ends the reply', (t) => {
  for (const [before, after] of [
    ['think SEC', 'RET'],
    ['SECRE', 'T'],
    ['  S', 'ECRET'],
  ] as const) {
    const release = new Release(openaiChat.framing, chat.events(asked), masker, 1 << 16)
    release.push(Buffer.from(delta(before, 0, 'reasoning') + delta('say', 0)))
    t.throws(() => release.push(Buffer.from(delta(after, 0, 'reasoning'))), { code: 'ERR_NOT_INSPECTABLE' })
  }
  t.end()
})

t.test('a key that was being swallowed when its text came to rest is not shown afterwards', (t) => {
  const release = new Release(openaiChat.framing, chat.events(asked), createMasker(['private-key']), 1 << 20)
  const line = `${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(2)}\n`
  release.push(Buffer.from(delta(`-----BEGIN PRIVATE KEY-----\n${line.repeat(40)}`, 0, 'reasoning')))
  release.push(Buffer.from(delta('say', 0)))
  t.throws(() => release.push(Buffer.from(delta(line, 0, 'reasoning'))), { code: 'ERR_NOT_INSPECTABLE' })
  t.end()
})
