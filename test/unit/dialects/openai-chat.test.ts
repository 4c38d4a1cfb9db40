import t from 'tap'
import { DialectError } from '../../../src/dialects/dialect.ts'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { SluiceError } from '../../../src/base/errors.ts'
import { operationAt } from '../../support/operation-at.ts'

const chat = operationAt(openaiChat, '/v1/chat/completions')

const request = (extra: object = {}, messages: object[] = [{ role: 'user', content: 'hi' }]) =>
  chat.readRequest(JSON.stringify({ model: 'm', messages, ...extra }), {})
const events = (body: object = {}) => chat.events(request({ stream: true, ...body }))
const chunk = (choices: object[], extra: object = {}) => ({
  name: '',
  data: JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices,
    ...extra,
  }),
})

t.test('finds every text of a request, and names what it can not look into', (t) => {
  const asked = request(
    {
      user: 'ada',
      tools: [
        {
          type: 'function',
          function: {
            name: 'f',
            description: 'looks up',
            parameters: { type: 'object', properties: { weird_key: { type: 'string', enum: ['red'] } } },
          },
        },
      ],
    },
    [
      { role: 'system', content: 'be kind' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
          { type: 'image_url', image_url: { url: 'http://x/y.png' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'hmm',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '{"result":"x"}' },
    ],
  )
  const texts = asked.pieces.map((piece) => piece.text)
  for (const text of [
    'be kind',
    'one',
    'two',
    'hmm',
    '{"a":"b"}',
    '{"result":"x"}',
    'ada',
    'looks up',
    'red',
    'http://x/y.png',
  ]) {
    t.ok(texts.includes(text), text)
  }
  t.equal(
    asked.pieces.find((piece) => piece.text === 'one')?.channel.key,
    asked.pieces.find((piece) => piece.text === 'two')?.channel.key,
    'adjacent parts are one channel',
  )
  t.equal(asked.pieces.find((piece) => piece.text === '{"a":"b"}')?.channel.kind, 'json')
  t.same(asked.opaque, ['messages[1].content[2] (image_url)'])
  t.match(asked.structure, /weird_key/)
  t.match(asked.structure, /call_1/)
  t.end()
})

t.test('the body that goes on differs only where a text was replaced', (t) => {
  const body =
    '{"model":"m", "seed": 9007199254740993,\n "messages":[{"role":"user","content":"hi \\u0041"}], "temperature":0.10 }'
  const asked = chat.readRequest(body, {})
  t.equal(asked.encode(new Map(), undefined), body)
  t.equal(
    asked.encode(new Map([[0, 'bye']]), 'up'),
    body.replace('"hi \\u0041"', '"bye"').replace('"m"', '"up"'),
  )
  t.end()
})

t.test('a stream always asks for usage, and the caller gets that chunk only if it asked', (t) => {
  const usage = chunk([], { usage: { prompt_tokens: 3, completion_tokens: 4 } })
  for (const options of [undefined, {}, { include_usage: false }, { other: 1 }, null]) {
    const asked = request({ stream: true, ...(options !== undefined && { stream_options: options }) })
    t.equal(
      (JSON.parse(asked.encode(new Map(), undefined)) as { stream_options: { include_usage: boolean } })
        .stream_options.include_usage,
      true,
      JSON.stringify(options),
    )
    t.equal(chat.events(asked).read(usage).dropped, true)
    t.same(asked.wants, [])
  }
  const reading = events({ stream_options: { include_usage: true } }).read(usage)
  t.equal(reading.dropped, false)
  t.same(reading.tokens, { input: 3, output: 4 })
  t.end()
})

t.test('asking for token views is named', (t) => {
  t.same(request({ logprobs: true, top_logprobs: 3 }).opaqueReply, ['logprobs', 'top_logprobs'])
  t.same(request({ logprobs: false, top_logprobs: 0, modalities: ['text'] }).opaqueReply, [])
  t.same(request({ modalities: ['text', 'audio'], audio: { voice: 'x' } }).opaqueReply, [
    'modalities',
    'audio',
  ])
  t.end()
})

t.test('look-alike, repeated and missing keys are refused, and nothing of them is quoted', (t) => {
  const bad = [
    '{"model":"m","Messages":[],"messages":[]}',
    '{"model":"m","messages":[{"role":"user","content":"a","CONTENT":"secret"}]}',
    '{"model":"m","meſſages":[],"messages":[]}',
    '{"model":"m","model":"n","messages":[]}',
    '{"messages":[]}',
    '{"model":"m"}',
    '{"model":"m","messages":["hi"]}',
    '{"model":"m","messages":[],"stream":"yes"}',
    '[]',
    'secret',
    '{"model":"m","messages":[',
  ]
  for (const body of bad) {
    t.throws(() => chat.readRequest(body, {}), { code: 'ERR_REQUEST_INVALID' }, body)
    try {
      chat.readRequest(body, {})
    } catch (error) {
      t.notMatch((error as SluiceError).message, /secret/)
    }
  }
  t.end()
})

t.test('a request with more values than anyone needs is refused, and so is an event', (t) => {
  const some = (n: number) => JSON.stringify({ metadata: Array.from({ length: n }, () => 1) }).slice(1, -1)
  t.throws(() => chat.readRequest(`{"model":"m","messages":[],${some(600_000)}}`, {}), {
    code: 'ERR_REQUEST_INVALID',
    message: /too many values at offset \d+/,
  })
  t.ok(chat.readRequest(`{"model":"m","messages":[],${some(100_000)}}`, {}))
  t.throws(() => events().read({ name: '', data: `{"choices":[],${some(10_000)}}` }), {
    name: 'DialectError',
  })
  t.ok(events().read({ name: '', data: `{"choices":[],${some(5_000)}}` }))
  t.end()
})

t.test('events: channels by choice, field and tool index; ends; skeleton and full reading agree', (t) => {
  const reader = events()
  const keys = (delta: object, index = 0) =>
    reader
      .read(chunk([{ index, delta, finish_reason: null }]))
      .pieces.map((piece) => [piece.channel.key, piece.channel.kind, piece.text])
  t.same(keys({ content: 'a' }), [['0/content', 'text', 'a']])
  t.same(keys({ content: 'b' }), [['0/content', 'text', 'b']], 'by the skeleton')
  t.same(keys({ content: 'q"\\\n\u0041é🦆' }), [['0/content', 'text', 'q"\\\nAé🦆']], 'escapes too')
  t.same(keys({ content: 'x' }, 1), [['1/content', 'text', 'x']])
  t.same(keys({ reasoning_content: 'r' }), [['0/reasoning_content', 'text', 'r']])
  t.same(keys({ tool_calls: [{ index: 2, function: { arguments: '{"' } }] }), [
    ['0/tool_calls/2/function/arguments', 'json', '{"'],
  ])
  t.same(keys({ content: [{ type: 'text', text: 'part' }] }), [['0/content', 'text', 'part']])
  t.same(keys({ surprise: 'u' }), [['0/surprise', 'text', 'u']], 'unknown fields are text')
  t.same(reader.read(chunk([{ index: 1, delta: {}, finish_reason: 'stop' }])).ends, ['1/'])
  t.equal(reader.read({ name: '', data: '[DONE]' }).terminal, true)
  const copy = reader.read(
    chunk([{ index: 0, delta: {}, message: { role: 'assistant', content: 'whole' }, finish_reason: null }]),
  )
  t.equal(copy.pieces[0]?.text, 'whole')
  t.ok(copy.pieces[0]?.channel.key.startsWith(copy.own ?? '?'), 'a final copy is a text of its own')
  t.end()
})

t.test('a skeleton never hides another field', (t) => {
  const reader = events()
  const read = (data: string) => reader.read({ name: '', data }).pieces.map((piece) => piece.text)
  const wire = (text: string, more = '') =>
    `{"choices":[{"index":0,"delta":{"content":"${text}"${more}},"finish_reason":null}]}`
  read(wire('a'))
  t.same(read(wire('a","refusal":"hidden')), ['a', 'hidden'])
  t.same(read(wire('\\\\","refusal":"hidden')), ['\\', 'hidden'])
  t.end()
})

t.test('what is not understood is refused', (t) => {
  const reader = events()
  t.throws(() => reader.read({ name: '', data: '{"error":{"message":"x"}}' }), {
    code: 'ERR_UPSTREAM_FAILED',
  })
  t.throws(() => reader.read({ name: '', data: '{' }), DialectError)
  // For policy to say: a reply that nobody masks passes as it is.
  for (const data of ['{"foo":1}', '[]', '"x"']) {
    t.same(reader.read({ name: '', data }).opaque, ['an event without choices'], data)
  }
  t.same(chat.readReply('{"foo":1}').opaque, ['a reply without choices'])
  t.throws(() => chat.readReply('{"error":{"message":"x"}}'), { code: 'ERR_UPSTREAM_FAILED' })
  t.same(
    reader.read(chunk([{ index: 0, delta: {}, logprobs: { content: [] }, finish_reason: null }])).opaque,
    ['choices[0].logprobs'],
  )
  t.end()
})

t.test('errors read as OpenAI clients expect them', (t) => {
  const error = new SluiceError('ERR_POLICY_DENIED', 'No rule lets you use this model.')
  t.same(JSON.parse(openaiChat.error(error, 'req_1')), {
    error: {
      message: 'No rule lets you use this model. (req_1)',
      type: 'permission_error',
      param: null,
      code: 'ERR_POLICY_DENIED',
    },
  })
  t.match(openaiChat.streamError(error, 'req_1').toString(), /^data: \{"error".*\}\n\n$/)
  t.end()
})
