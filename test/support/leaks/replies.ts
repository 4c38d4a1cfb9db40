// The channels of whole replies: every place of every API where a model's text can stand.
import { answer, messageItem, TIME } from './answers.ts'
import { nested } from './requests.ts'

export interface ReplyChannel {
  readonly path: string
  readonly name: string
  body(text: string): object
}

function table(path: string, channels: Record<string, (text: string) => object>): ReplyChannel[] {
  return Object.entries(channels).map(([name, more]) => ({
    path,
    name,
    body: (text) => ({ ...answer(path, 'ok'), ...more(text) }),
  }))
}

const choice = (message: object, more: object = {}): object => ({
  choices: [
    { index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: 'stop', ...more },
  ],
})
const call = (args: unknown): object => ({
  id: 'c',
  type: 'function',
  function: { name: 'f', arguments: args },
})

const output = (...items: object[]): object => ({ output: items })
const content = (...blocks: object[]): object => ({ content: blocks })

export const REPLY_CHANNELS: readonly ReplyChannel[] = [
  ...table('/v1/chat/completions', {
    content: (said) => choice({ content: said }),
    'parts of a content': (said) => choice({ content: [{ type: 'text', text: said }] }),
    'reasoning, refusal': (said) => choice({ reasoning: said, reasoning_content: said, refusal: said }),
    'arguments of a tool': (said) => choice({ tool_calls: [call(JSON.stringify(nested(said)))] }),
    'arguments of a tool as an object': (said) => choice({ tool_calls: [call({ q: said })] }),
    'arguments of a function': (said) =>
      choice({ function_call: { name: 'f', arguments: JSON.stringify(nested(said)) } }),
    'content that is JSON': (said) => choice({ content: JSON.stringify(nested(said)) }),
    annotations: (said) =>
      choice({ annotations: [{ type: 'url_citation', url_citation: { url: said, title: said } }] }),
    'a second choice': (said) => ({
      choices: [0, 1].map((index) => ({
        index,
        message: { content: index ? said : 'a' },
        finish_reason: 'stop',
      })),
    }),
    'what nobody knows': (said) => ({
      ...choice({ extra: { deep: [said] } }, { surprise: said }),
      surprise: said,
    }),
  }),
  ...table('/v1/responses', {
    'output text': (said) => output(messageItem(said)),
    refusal: (said) =>
      output({ type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: said }] }),
    annotations: (said) =>
      output({
        type: 'message',
        content: [
          { type: 'output_text', text: 'a', annotations: [{ type: 'url_citation', url: said, title: said }] },
        ],
      }),
    reasoning: (said) =>
      output({
        type: 'reasoning',
        id: 'r',
        summary: [{ type: 'summary_text', text: said }],
        content: [{ type: 'reasoning_text', text: said }],
      }),
    'arguments of a tool': (said) =>
      output({ type: 'function_call', call_id: 'c', name: 'f', arguments: JSON.stringify(nested(said)) }),
    'input of a custom tool': (said) =>
      output({ type: 'custom_tool_call', call_id: 'c', name: 'f', input: said }),
    'a shell call': (said) =>
      output({
        type: 'local_shell_call',
        call_id: 'c',
        action: { type: 'exec', command: ['echo', said], env: { A: said } },
      }),
    'echoes of the request': (said) => ({
      instructions: said,
      metadata: { label: said },
      tools: [
        { type: 'function', name: 'f', description: said, parameters: { type: 'object', title: said } },
      ],
      text: { format: { type: 'json_schema', name: 'n', description: said } },
      user: said,
    }),
    'a copy of all text': (said) => ({ output_text: said }),
    'what nobody knows': (said) => ({ surprise: { deep: [said] } }),
  }),
  ...table('/v1/messages', {
    text: (said) => content({ type: 'text', text: said }),
    thinking: (said) => content({ type: 'thinking', thinking: said, signature: '' }),
    'arguments of a tool': (said) => content({ type: 'tool_use', id: 't', name: 'f', input: nested(said) }),
    'a citation': (said) =>
      content({
        type: 'text',
        text: 'a',
        citations: [{ type: 'char_location', cited_text: said, document_title: said, document_index: 0 }],
      }),
    'the sequence that stopped it': (said) => ({ stop_sequence: said }),
    'what nobody knows': (said) => ({ surprise: { deep: [said] } }),
  }),
  ...table('/v1/messages/count_tokens', {
    'what nobody knows': (said) => ({ surprise: { deep: [said] } }),
  }),
  ...table('/api/chat', {
    'content, thinking': (said) => ({ message: { role: 'assistant', content: said, thinking: said } }),
    'arguments of a tool': (said) => ({
      message: {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'f', arguments: nested(said) } }],
      },
    }),
    'what nobody knows': (said) => ({ surprise: { deep: [said] } }),
  }),
  ...table('/api/generate', {
    'response, thinking': (said) => ({ response: said, thinking: said }),
    'beside token ids, which are withheld': (said) => ({ response: said, context: [1, 2, 3] }),
    'arguments of a tool': (said) => ({ tool_calls: [{ function: { name: 'f', arguments: nested(said) } }] }),
  }),
]

/** Replies that hold what nobody can look into, and the name that they are refused by. */
export const OPAQUE_REPLIES: readonly (readonly [path: string, name: string, more: object])[] = [
  [
    '/v1/chat/completions',
    'choices[0].logprobs',
    choice({ content: 'a' }, { logprobs: { content: [{ token: 'a' }] } }),
  ],
  ['/v1/chat/completions', 'prompt_token_ids', { prompt_token_ids: [1] }],
  ['/v1/chat/completions', 'prompt_logprobs', { prompt_logprobs: [null, { 1: {} }] }],
  ['/v1/chat/completions', '__verbose', { __verbose: { prompt: 'a' } }],
  ['/v1/chat/completions', 'audio', choice({ audio: { data: 'UklGRg==' } })],
  [
    '/v1/chat/completions',
    'images',
    choice({ images: [{ type: 'image_url', image_url: { url: 'data:,' } }] }),
  ],
  [
    '/v1/chat/completions',
    'image_url',
    choice({ content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }),
  ],
  ['/v1/chat/completions', 'a reply without choices', { choices: undefined }],
  [
    '/v1/responses',
    'logprobs',
    output({ type: 'message', content: [{ type: 'output_text', text: 'a', logprobs: [{ token: 'a' }] }] }),
  ],
  [
    '/v1/responses',
    'encrypted_content',
    output({ type: 'reasoning', id: 'r', summary: [], encrypted_content: 'gAAA' }),
  ],
  [
    '/v1/responses',
    'output[0] (image_generation_call)',
    output({ type: 'image_generation_call', result: 'iVBO' }),
  ],
  [
    '/v1/responses',
    'output[0].content[0] (output_audio)',
    output({ type: 'message', content: [{ type: 'output_audio', data: 'UklG' }] }),
  ],
  ['/v1/responses', 'a reply without output', { output: undefined }],
  ['/v1/messages', 'content[0] (redacted_thinking)', content({ type: 'redacted_thinking', data: 'EmwK' })],
  [
    '/v1/messages',
    'content[0].signature',
    content({ type: 'thinking', thinking: 'a', signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h'.repeat(4) }),
  ],
  [
    '/v1/messages',
    'content[0] (web_search_tool_result)',
    content({ type: 'web_search_tool_result', content: [] }),
  ],
  [
    '/v1/messages',
    'encrypted_index',
    content({
      type: 'text',
      text: 'a',
      citations: [{ type: 'web_search_result_location', encrypted_index: 'Eo8B' }],
    }),
  ],
  ['/v1/messages', 'a reply without content', { content: 'a' }],
  ['/v1/messages/count_tokens', 'a count without input_tokens', { input_tokens: undefined }],
  ['/api/chat', 'logprobs', { logprobs: [{ token: 'a' }] }],
  ['/api/chat', 'remote_host', { remote_host: 'https://ollama.com' }],
  ['/api/chat', 'images', { message: { role: 'assistant', content: '', images: ['iVBO'] } }],
  ['/api/chat', 'a reply without a message', { message: undefined }],
  ['/api/generate', '_debug_info', { _debug_info: { rendered_template: 'a' } }],
]

/** Replies with a secret where nothing can be rewritten. */
export const RIGID_REPLIES: readonly (readonly [path: string, more: object])[] = [
  ['/v1/chat/completions', { id: 'grace.hopper@navy.example.org' }],
  ['/v1/chat/completions', { model: 'AKIAIOSFODNN7EXAMPLE' }],
  ['/v1/chat/completions', { 'grace.hopper@navy.example.org': 1 }],
  ['/v1/chat/completions', { usage: { prompt_tokens: 4111111111111111 } }],
  ['/v1/chat/completions', choice({ tool_calls: [{ ...call('{}'), id: 'AKIAIOSFODNN7EXAMPLE' }] })],
  ['/v1/chat/completions', choice({ content: 'a', score: 4111111111111111 })],
  [
    '/v1/responses',
    output({ type: 'function_call', call_id: 'AKIAIOSFODNN7EXAMPLE', name: 'f', arguments: '{}' }),
  ],
  ['/v1/responses', { metadata: { 'grace.hopper@navy.example.org': 'a' } }],
  ['/v1/responses', { usage: { input_tokens: 4111111111111111 } }],
  ['/v1/messages', content({ type: 'tool_use', id: 't', name: 'grace.hopper@navy.example.org', input: {} })],
  ['/v1/messages', { usage: { input_tokens: 1, 'grace.hopper@navy.example.org': 1 } }],
  ['/v1/messages/count_tokens', { input_tokens: 4111111111111111 }],
  ['/api/chat', { created_at: `${TIME} grace.hopper@navy.example.org` }],
  ['/api/chat', { eval_duration: 4111111111111111 }],
]
