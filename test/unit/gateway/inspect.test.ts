import t from 'tap'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { inspect } from '../../../src/gateway/inspect.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import { operationAt } from '../../support/operation-at.ts'

const chat = operationAt(openaiChat, '/v1/chat/completions')

const masker = createMasker(['email', 'card', 'aws-key'])
const ask = (content: unknown, more: object = {}) =>
  chat.readRequest(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more }), {})
const part = (text: string, more: object = {}) => ({ type: 'text', text, ...more })
const sent = (content: unknown, more: object = {}) => {
  const asked = ask(content, more)
  return asked.encode(inspect(masker, asked).texts, undefined)
}

t.test('a value split over adjacent parts is one value; the first touched part gets the placeholder', (t) => {
  t.match(
    sent([part('key AKIAIOSF'), part('ODNN7EXAMPLE.')]),
    '[{"type":"text","text":"key [AWS_KEY]"},{"type":"text","text":"."}]',
  )
  const cached = { cache_control: { type: 'ephemeral' } }
  t.notMatch(sent([part('AKIAIOSF', cached), part('ODNN7EXAMPLE')]), 'ODNN7', 'whatever else the parts hold')
  t.match(
    sent([part('a@example.org '), part('b@example.org')]),
    /\[EMAIL\].*\[EMAIL\]/,
    'and two values in two parts are two',
  )
  const twice = ask([part('a@example.org '), part('b@example.org')])
  t.same(inspect(masker, twice).findings, { email: 2 }, 'each is counted once')
  t.end()
})

t.test('JSON is read unescaped wherever a text begins as JSON does', (t) => {
  const json = '{"e":"ada\\u0040example.com"}'
  for (const content of [
    json,
    ` \n${json}`,
    `\ufeff${json}`,
    JSON.stringify('ada\u0040example.com').replace('@', '\\u0040'),
    [part(json)],
    [part('{"e":"ada\\u00'), part('40example.com"}')],
  ]) {
    t.notMatch(sent(content), 'example.com', JSON.stringify(content))
  }
  t.end()
})

t.test('numbers that are no parameters are looked at, and deny', (t) => {
  const structure = (content: unknown, more: object = {}) => inspect(masker, ask(content, more)).structure
  t.same(structure('hi', { metadata: { card: 4111111111111111 } }), { card: 1 })
  t.same(structure(4111111111111111), { card: 1 })
  t.same(
    structure('hi', {
      tools: [{ type: 'function', function: { name: 'f', parameters: { default: [4111111111111111] } } }],
    }),
    { card: 1 },
  )
  t.same(structure('hi', { seed: 4111111111111111, max_tokens: 100000000 }), {})
  t.end()
})

t.test('media, token ids and their look-alikes are named, whatever they stand in', (t) => {
  const opaque = (messages: unknown, more: object = {}) =>
    chat.readRequest(JSON.stringify({ model: 'm', messages, ...more }), {}).opaque
  const hi = [{ role: 'user', content: 'hi' }]
  t.same(opaque([{ role: 'user', content: 'hi', images: ['iVBORw0'] }]), ['images'])
  t.same(opaque(hi, { images: ['x'] }), ['images'])
  t.same(opaque([{ role: 'user', content: [part('hi', { image_url: { url: 'http://x/y' } })] }]), [
    'image_url',
  ])
  t.same(opaque(hi, { extra_body: { prompt_token_ids: [1, 2] } }), ['prompt_token_ids'])
  t.same(opaque(hi, { ids: Array.from({ length: 40 }, (_, i) => i) }), ['a list of numbers'])
  t.same(opaque([{ role: 'user', content: 'data:image/png;base64,AAAA' }]), ['a data URL'])
  t.same(
    opaque(hi, {
      tools: [
        {
          type: 'function',
          function: { name: 'f', parameters: { properties: { image: { type: 'string' } } } },
        },
      ],
    }),
    [],
    'a schema may name what it likes',
  )
  for (const key of ['Prompt', 'PROMPT_TOKEN_IDS', 'Logprobs'])
    t.throws(() => opaque(hi, { [key]: 1 }), { code: 'ERR_REQUEST_INVALID' })
  t.end()
})

t.test('time grows with the request, not with its square', (t) => {
  const time = (make: (n: number) => unknown, n: number): number => {
    const body = JSON.stringify(make(n))
    const start = performance.now()
    const asked = chat.readRequest(body, {})
    inspect(masker, asked)
    return performance.now() - start
  }
  const requests: Record<string, (n: number) => unknown> = {
    'many parts with findings': (n) => ({
      model: 'm',
      messages: [{ role: 'user', content: Array.from({ length: n }, () => part('a@b.co ')) }],
    }),
    'many keys': (n) => ({
      model: 'm',
      messages: [],
      metadata: Object.fromEntries(Array.from({ length: n * 4 }, (_, i) => [`k${i}`, 1])),
    }),
    'a long key over many strings': (n) => ({
      model: 'm',
      messages: [],
      metadata: { ['k'.repeat(n * 4)]: Array.from({ length: n }, () => 'x') },
    }),
  }
  for (const [name, make] of Object.entries(requests)) {
    time(make, 500)
    t.ok(time(make, 8_000) < 2_000, name)
  }
  t.end()
})

t.test('a long text is masked as a short one is; more than half a million findings are too many', (t) => {
  const text = 'x'.repeat(2 ** 16 - 9) + ' ada@example.org {"e":"bob\\u0040example.org"} '.repeat(2_000)
  const asked = ask(text)
  t.equal(inspect(masker, asked).texts.get(0), masker.mask(text).text)
  t.same(inspect(masker, asked).findings, { email: 2_000 })
  t.same(inspect(masker, ask('a@b.co '.repeat(2 ** 19 + 1))), {
    findings: {},
    channels: {},
    structure: {},
    opaque: ['One text holds more than half a million findings.'],
    texts: new Map(),
  })
  t.end()
})
