// Keys that some reader would take for known ones, at every level where a chat request holds text or switches.
import t from 'tap'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import type { SluiceError } from '../../../src/base/errors.ts'
import { operationAt } from '../../support/operation-at.ts'

const chat = operationAt(openaiChat, '/v1/chat/completions')

/** The ways to spell a key so that it is another, and is read as the same by somebody. */
const VARIANTS: readonly ((key: string) => string)[] = [
  (key) => key.toUpperCase(),
  (key) => (key[0] as string).toUpperCase() + key.slice(1),
  (key) => `${key} `,
  (key) => `\t${key}`,
  (key) => `${key}\u0000`,
  (key) => `${key}\u00a0`,
  (key) => `${key.slice(0, 1)}\u200b${key.slice(1)}`,
  (key) => `\ufeff${key}`,
  (key) => `${key}\u2060\u00ad`,
  (key) => `${key}\ufe0f`,
  (key) =>
    [...key].map((c) => (/[a-z]/.test(c) ? String.fromCodePoint(c.charCodeAt(0) + 0xfee0) : c)).join(''),
  (key) => key.replace('s', '\u017f'),
  (key) => key.replace('k', '\u212a'),
  (key) => key.replace('i', '\u0131'),
]

/** A request with one more member, by its key and value, at each place. */
const PLACES: Readonly<Record<string, (key: string) => object>> = {
  '': (key) => ({ [key]: 'x' }),
  'a message': (key) => ({ messages: [{ role: 'user', content: 'hi', [key]: 'x' }] }),
  'a part': (key) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', [key]: 'x' }] }] }),
  'a part’s media': (key) => ({
    messages: [{ role: 'user', content: [{ type: 'text', media: { [key]: 'x' } }] }],
  }),
  'a tool call': (key) => ({ messages: [{ role: 'assistant', tool_calls: [{ id: 'c', [key]: 'x' }] }] }),
  'its function': (key) => ({
    messages: [{ role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'f', [key]: 'x' } }] }],
  }),
  stream_options: (key) => ({ stream_options: { [key]: true } }),
  'a tool': (key) => ({ tools: [{ type: 'function', [key]: {} }] }),
  'its description': (key) => ({ tools: [{ type: 'function', function: { name: 'f', [key]: 'x' } }] }),
  response_format: (key) => ({ response_format: { type: 'text', [key]: 'x' } }),
  'its schema’s name': (key) => ({ response_format: { json_schema: { name: 'n', [key]: 'x' } } }),
  prediction: (key) => ({ prediction: { type: 'content', [key]: 'x' } }),
  tool_choice: (key) => ({ tool_choice: { [key]: 'x' } }),
  'a place of its own': (key) => ({ extra: [[{ deep: { [key]: 'x' } }]] }),
}
const KEYS = [
  'messages',
  'content',
  'text',
  'tool_calls',
  'logprobs',
  'prompt_token_ids',
  'include_usage',
  'url',
]

const read = (more: object): unknown =>
  chat.readRequest(JSON.stringify({ model: 'm', messages: [], ...more }), {})

t.test('every variant of every key is refused at every level', (t) => {
  for (const [place, at] of Object.entries(PLACES)) {
    for (const key of KEYS) {
      for (const variant of VARIANTS) {
        const spelled = variant(key)
        if (spelled === key) continue
        t.throws(
          () => read(at(spelled)),
          {
            code: 'ERR_REQUEST_INVALID',
            message: new RegExp(
              `^A key at offset \\d+ of the request body is spelled almost like "${key}"\\.$`,
            ),
            nextSteps: [`Spell it "${key}", in lower-case ASCII.`],
          },
          `${JSON.stringify(spelled)} in ${place}`,
        )
      }
    }
  }
  t.end()
})

t.test('a key twice is refused at every level, also where an escape hides it', (t) => {
  for (const at of Object.values(PLACES)) {
    const once = JSON.stringify({ model: 'm', messages: [], ...at('zz') })
    for (const twice of ['"zz":1,"zz"', '"z\\u007a":1,"zz"', '"zz":1,"\\u007az"']) {
      t.throws(() => chat.readRequest(once.replace('"zz"', twice), {}), {
        code: 'ERR_REQUEST_INVALID',
        message: /a key is repeated at offset \d+/,
      })
    }
  }
  t.end()
})

t.test('names that are the caller’s own may be what they like', (t) => {
  const own = { Messages: { type: 'string', Description: 'x' }, 'Content ': {}, URL: {} }
  for (const more of [
    {
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: own } } }],
    },
    { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { properties: own } } } },
    { metadata: { Model: 'a', Name: 'b' } },
    { chat_template_kwargs: { Tools: 'x' } },
    { Unknown: 1, 'x-custom': 2, camelCase: 3, naïve: 4 },
  ]) {
    t.doesNotThrow(() => read(more), JSON.stringify(more))
  }
  t.end()
})

t.test('malformed JSON: where it is, never what', (t) => {
  for (const [body, where] of [
    ['', 'the text ends too early at offset 0'],
    ['{"model":"secret', 'the text ends within a string at offset 16'],
    ['{"model":secret}', 'expected a value at offset 9'],
    ['{"model":"m",}', 'expected a key at offset 13'],
    ['{"model":"m"} secret', 'unexpected text after the value at offset 14'],
    ['{"model":"\\x"}', 'malformed escape in the string at offset 9'],
    ['{"model":"a\nb"}', 'control character in a string at offset 11'],
    ['{"model":01}', "expected ',' or '}' at offset 10"],
    ['{"model":NaN}', 'expected a value at offset 9'],
    ["{'model':'m'}", 'expected a key at offset 1'],
    ['\ufeff{}', 'expected a value at offset 0'],
    [`{"a":${'['.repeat(200)}`, 'nesting is too deep at offset'],
  ] as const) {
    let told: SluiceError | undefined
    try {
      chat.readRequest(body, {})
    } catch (thrown) {
      told = thrown as SluiceError
    }
    t.equal(told?.code, 'ERR_REQUEST_INVALID', body)
    t.ok(told?.message.includes(where), `${told?.message} says ${where}`)
    t.notMatch(told?.message, /secret/)
    t.match(told?.nextSteps, ['Send one JSON object (RFC 8259), with no key twice.'])
  }
  t.end()
})
