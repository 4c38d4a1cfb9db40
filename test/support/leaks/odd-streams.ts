// Streams that are not what they should be, in each API: what is odd, and the name that it is refused by.
import { messageItem, TIME } from './answers.ts'

const [BEFORE, AFTER] = ['mail grace.hopper@na', 'vy.example.org now']
export const EMAIL = 'grace.hopper@navy.example.org'

type Row = readonly [what: string, name: RegExp, frames: readonly (object | string)[]]

export const delta = (content: string, index: unknown = 0): object => ({
  choices: [{ index, delta: { content }, finish_reason: null }],
})
export const stop = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
export const call = (more: object): object => ({
  choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...more }] }, finish_reason: null }],
})
const copy = (content: string): object => ({
  choices: [{ index: 0, message: { content }, finish_reason: null }],
})

const CHAT: readonly Row[] = [
  ['text after the end of its choice', /goes on after its end/, [delta(BEFORE), stop, delta(AFTER)]],
  ['an index that is a text', /a part without its index/, [delta(BEFORE), delta(AFTER, '0')]],
  [
    'no index among several',
    /a part without its index/,
    [{ choices: [{ delta: { content: BEFORE } }, { delta: { content: AFTER } }] }],
  ],
  ['a second copy', /a second copy of a message/, [copy(BEFORE), copy(AFTER)]],
  ['an event of another shape', /an event without choices/, [delta(BEFORE), { content: AFTER }]],
  [
    'a name in pieces',
    /An id, name or key/,
    [call({ function: { name: 'AKIAIOSF' } }), call({ function: { name: 'ODNN7EXAMPLE' } })],
  ],
  ['an id in pieces', /An id, name or key/, [call({ id: 'AKIAIOSF' }), call({ id: 'ODNN7EXAMPLE' })]],
  [
    'a role in pieces',
    /An id, name or key/,
    ['grace.hopper@na', 'vy.example.org'].map((role) => ({
      choices: [{ index: 0, delta: { role }, finish_reason: null }],
    })),
  ],
  [
    'a key',
    /An id, name or key/,
    [{ choices: [{ index: 0, delta: { [EMAIL]: 'a' }, finish_reason: null }] }],
  ],
  [
    'a number',
    /An id, name or key/,
    [{ choices: [{ index: 0, delta: { n: 4111111111111111 }, finish_reason: null }] }],
  ],
  [
    'counts in other spellings',
    /An id, name or key/,
    ['4111111111111111.0', '4.111111111111111e15', '411111111111111100E-2'].map(
      (count) => `data: {"choices":[],"usage":{"prompt_tokens":${count}}}\n\n`,
    ),
  ],
  [
    'choices that are no list',
    /an event without choices/,
    [{ choices: { 0: { delta: { content: EMAIL } } } }],
  ],
  ['a count', /An id, name or key/, [{ choices: [], usage: { prompt_tokens: 4111111111111111 } }]],
  [
    'text as tokens',
    /logprobs/,
    [
      {
        choices: [
          { index: 0, delta: { content: 'a' }, logprobs: { content: [{ token: 'a' }] }, finish_reason: null },
        ],
      },
    ],
  ],
  [
    'text as ids',
    /token_ids/,
    [{ choices: [{ index: 0, delta: { content: 'a' }, token_ids: [1], finish_reason: null }] }],
  ],
  [
    'an image',
    /image_url/,
    [
      {
        choices: [
          {
            index: 0,
            delta: { content: [{ type: 'image_url', image_url: { url: 'data:,' } }] },
            finish_reason: null,
          },
        ],
      },
    ],
  ],
  [
    'a choice that goes on after another spoke',
    /goes on after another one/,
    [
      { choices: [{ index: 0, delta: { reasoning: BEFORE }, finish_reason: null }] },
      delta('so'),
      { choices: [{ index: 0, delta: { reasoning: AFTER }, finish_reason: null }] },
    ],
  ],
]

export const told = (type: string, more: object): object => ({ type: `response.${type}`, ...more })
export const output = (text: string, at: object = {}): object =>
  told('output_text.delta', { item_id: 'i', output_index: 0, content_index: 0, delta: text, ...at })
const itemDone = told('output_item.done', { output_index: 0, item: messageItem('') })

const RESPONSES: readonly Row[] = [
  ['text after the end of its item', /goes on after its end/, [output(BEFORE), itemDone, output(AFTER)]],
  [
    'two parts, which some clients join',
    /goes on after another one/,
    [
      output(BEFORE),
      told('output_text.done', { item_id: 'i', output_index: 0, content_index: 0, text: 'a' }),
      output(AFTER, { content_index: 1 }),
    ],
  ],
  [
    'a part that has text before its deltas',
    /a delta of what was given whole/,
    [
      told('content_part.added', {
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        part: { type: 'output_text', text: BEFORE },
      }),
      output(AFTER),
    ],
  ],
  [
    'an item that has text before its deltas',
    /a delta of what was given whole/,
    [told('output_item.added', { output_index: 0, item: messageItem(BEFORE) }), output(AFTER)],
  ],
  [
    'a response that has text before its deltas',
    /a delta of what was given whole/,
    [told('in_progress', { response: { output: [messageItem(BEFORE)] } }), output(AFTER)],
  ],
  [
    'a call that has arguments before their deltas',
    /a delta of what was given whole/,
    [
      told('output_item.added', {
        output_index: 0,
        item: { type: 'function_call', call_id: 'c', name: 'f', arguments: `{"q":"${BEFORE}` },
      }),
      told('function_call_arguments.delta', { item_id: 'i', output_index: 0, delta: AFTER }),
    ],
  ],
  [
    'parts that take turns',
    /parts out of order/,
    [output('a'), output('b', { content_index: 1 }), output('c')],
  ],
  [
    'another index that clients of summaries don’t read',
    /goes on after|\[EMAIL\]/,
    [
      told('reasoning_summary_text.delta', {
        item_id: 'i',
        output_index: 0,
        summary_index: 0,
        content_index: 0,
        delta: BEFORE,
      }),
      told('output_text.delta', { item_id: 'j', output_index: 1, content_index: 0, delta: 'so' }),
      told('reasoning_summary_text.delta', {
        item_id: 'i',
        output_index: 0,
        summary_index: 0,
        content_index: 1,
        delta: AFTER,
      }),
    ],
  ],
  ['an item at two indices', /items out of order/, [output(BEFORE), output(AFTER, { output_index: 1 })]],
  [
    'items that take turns at one index',
    /items out of order/,
    [output('a'), output('b', { item_id: 'j' }), output('c')],
  ],
  ['no index', /a text without its index/, [output(BEFORE, { output_index: undefined })]],
  ['an event that nobody knows', /an event \(response\.surprise\)/, [told('surprise', { delta: EMAIL })]],
  [
    'a hosted tool',
    /an event \(response\.mcp_call_arguments\.delta\)/,
    [told('mcp_call_arguments.delta', { output_index: 0, item_id: 'i', delta: '{' })],
  ],
  [
    'a name that is not the type',
    /whose name is not its type/,
    ['event: response.done\ndata: {"type":"response.queued","response":{}}\n\n'],
  ],
  [
    'a name that is a secret',
    /whose name is not its type/,
    [`event: ${EMAIL}\ndata: {"type":"response.queued","response":{}}\n\n`],
  ],
  ['an id', /An id, name or key/, [output('a', { item_id: EMAIL })]],
  ['a sequence number', /An id, name or key/, [output('a', { sequence_number: 4111111111111111 })]],
  ['text as tokens', /logprobs/, [output('a', { logprobs: [{ token: 'a' }] })]],
  [
    'a sealed text',
    /encrypted_content/,
    [
      told('output_item.done', {
        output_index: 0,
        item: { type: 'reasoning', id: 'r', summary: [], encrypted_content: 'gAAA' },
      }),
    ],
  ],
  [
    'an image',
    /item \(image_generation_call\)/,
    [told('output_item.added', { output_index: 0, item: { type: 'image_generation_call', result: 'iVBO' } })],
  ],
]

export const block = (type: string, index: number, more: object = {}): object => ({
  type: `content_block_${type}`,
  index,
  ...more,
})
export const begin = (index: number): object =>
  block('start', index, { content_block: { type: 'text', text: '' } })
export const says = (index: number, text: string): object =>
  block('delta', index, { delta: { type: 'text_delta', text } })

const MESSAGES: readonly Row[] = [
  [
    'two blocks, which some clients join',
    /goes on after another one/,
    [begin(0), says(0, BEFORE), block('stop', 0), begin(1), says(1, AFTER)],
  ],
  [
    'text after the end of its block',
    /a block that is not open/,
    [begin(0), says(0, BEFORE), block('stop', 0), says(0, AFTER)],
  ],
  ['a block that never began', /a block that is not open/, [says(3, BEFORE)]],
  [
    'blocks that take turns',
    /blocks out of order/,
    [begin(0), begin(1), says(0, 'a'), says(1, 'b'), says(0, 'c')],
  ],
  ['a block begun out of turn', /blocks out of order/, [begin(1), says(1, 'a')]],
  ['an event that nobody knows', /an event \(unknown type\)/, [{ type: 'surprise', text: EMAIL }]],
  ['an unnamed event', /whose name is not its type/, [`data: ${JSON.stringify(begin(0))}\n\n`]],
  [
    'a name that is not the type',
    /whose name is not its type/,
    [`event: ping\ndata: ${JSON.stringify(begin(0))}\n\n`],
  ],
  [
    'a delta that nobody knows',
    /a delta \(unknown type\)/,
    [begin(0), block('delta', 0, { delta: { type: 'surprise_delta', surprise: EMAIL } })],
  ],
  [
    'a signature',
    /a signature/,
    [
      begin(0),
      block('delta', 0, { delta: { type: 'signature_delta', signature: 'EqQBCgIYAhIM1gbcDa9G'.repeat(9) } }),
    ],
  ],
  [
    'a sealed block',
    /content_block \(redacted_thinking\)/,
    [block('start', 0, { content_block: { type: 'redacted_thinking', data: 'Emw' } })],
  ],
  [
    'a sealed citation',
    /encrypted_index/,
    [
      begin(0),
      block('delta', 0, {
        delta: {
          type: 'citations_delta',
          citation: { type: 'web_search_result_location', encrypted_index: 'Eo8B' },
        },
      }),
    ],
  ],
  [
    'a name',
    /An id, name or key/,
    [block('start', 0, { content_block: { type: 'tool_use', id: 't', name: EMAIL, input: {} } })],
  ],
  ['an index', /An id, name or key/, [block('stop', 4111111111111111)]],
  [
    'a count',
    /An id, name or key/,
    [{ type: 'message_delta', delta: {}, usage: { output_tokens: 4111111111111111 } }],
  ],
]

export const line = (more: object): object => ({ model: 'm', created_at: TIME, done: false, ...more })
const OLLAMA: readonly Row[] = [
  [
    'a line that does not say whether it is done',
    /whether it is done/,
    [{ model: 'm', message: { content: EMAIL } }],
  ],
  ['text as tokens', /logprobs/, [line({ message: { content: 'a' }, logprobs: [{ token: 'a' }] })]],
  ['another host', /remote_host/, [line({ message: { content: 'a' }, remote_host: 'https://ollama.com' })]],
  ['an image', /images/, [line({ message: { content: 'a', images: ['iVBO'] } })]],
  ['a time that is none', /An id, name or key/, [line({ created_at: EMAIL, message: { content: 'a' } })]],
  [
    'a duration',
    /An id, name or key/,
    [line({ message: { content: 'a' }, eval_duration: 4111111111111111 })],
  ],
  [
    'a name',
    /An id, name or key/,
    [line({ message: { content: '', tool_calls: [{ function: { name: EMAIL, arguments: {} } }] } })],
  ],
  [
    'thinking that goes on after the text',
    /goes on after another one/,
    [
      line({ message: { content: '', thinking: BEFORE } }),
      line({ message: { content: 'so' } }),
      line({ message: { content: '', thinking: AFTER } }),
    ],
  ],
]

interface Api {
  readonly path: string
  readonly rows: readonly Row[]
  frame(value: object): string
  readonly end: string
}

export const named = (value: object): string =>
  `event: ${(value as { type: string }).type}\ndata: ${JSON.stringify(value)}\n\n`

export const APIS: readonly Api[] = [
  {
    path: '/v1/chat/completions',
    rows: CHAT,
    frame: (value) => `data: ${JSON.stringify(value)}\n\n`,
    end: 'data: [DONE]\n\n',
  },
  {
    path: '/v1/responses',
    rows: RESPONSES,
    frame: named,
    end: named(told('completed', { response: { id: 'r', output: [] } })),
  },
  { path: '/v1/messages', rows: MESSAGES, frame: named, end: named({ type: 'message_stop' }) },
  {
    path: '/api/chat',
    rows: OLLAMA,
    frame: (value) => `${JSON.stringify(value)}\n`,
    end: `${JSON.stringify({ done: true })}\n`,
  },
]
