// The channels of requests: every place of every API where a caller's text can stand.

export interface RequestChannel {
  readonly path: string
  readonly name: string
  /** The body with this text in the channel. */
  body(text: string): object
}

/** A value of JSON in whatever a tool takes: the text alone, within a list, and as JSON in a text. */
export const nested = (text: string): object => ({
  query: text,
  list: [{ deep: text }, text],
  inner: JSON.stringify({ again: text, twice: JSON.stringify([text]) }),
})

const schema = (text: string): object => ({
  type: 'object',
  title: text,
  properties: { q: { type: 'string', description: text, enum: [text, 'b'], default: text, pattern: text } },
})

function table(
  path: string,
  base: object,
  channels: Record<string, (text: string) => object>,
): RequestChannel[] {
  return Object.entries(channels).map(([name, more]) => ({
    path,
    name,
    body: (text) => ({ ...base, ...more(text) }),
  }))
}

const user = (content: unknown): object => ({ role: 'user', content })
const says = (...messages: object[]): object => ({ messages })
const text = (said: string): object => ({ type: 'text', text: said })

const chat = table(
  '/v1/chat/completions',
  { model: 'open', messages: [user('hi')] },
  {
    'content of a user': (said) => says(user(said)),
    'content of a system': (said) => says({ role: 'system', content: said }),
    'parts of a content': (said) => says(user([text('a'), text(said)])),
    'a name': (said) => says({ ...user('hi'), name: said }),
    'a tool result': (said) => says({ role: 'tool', tool_call_id: 'c', content: said }),
    'a tool result that is JSON': (said) =>
      says({ role: 'tool', tool_call_id: 'c', content: JSON.stringify(nested(said)) }),
    'arguments of a tool': (said) => says(called(JSON.stringify(nested(said)))),
    'arguments of a function': (said) =>
      says({ role: 'assistant', function_call: { name: 'f', arguments: JSON.stringify(nested(said)) } }),
    'reasoning, refusal': (said) =>
      says({ role: 'assistant', content: null, reasoning: said, reasoning_content: said, refusal: said }),
    'a tool’s description and schema': (said) => ({
      tools: [{ type: 'function', function: { name: 'f', description: said, parameters: schema(said) } }],
    }),
    'the form of the reply': (said) => ({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', description: said, schema: schema(said) },
      },
    }),
    'stop, user, metadata': (said) => ({ stop: [said], user: said, metadata: { label: said } }),
    'a prediction': (said) => ({ prediction: { type: 'content', content: [text(said)] } }),
    'documents, templates, guides': (said) => ({
      documents: [{ title: said, text: said }],
      chat_template: said,
      chat_template_kwargs: { persona: said },
      guided_regex: said,
      guided_choice: [said],
      structured_outputs: { json: schema(said) },
      bad_words: [said],
    }),
    'a key that nobody knows': (said) => ({
      x_surprise: { deep: [said] },
      messages: [{ ...user('hi'), extra: said }],
    }),
  },
)

function called(args: string): object {
  return {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: args } }],
  }
}

const item = (type: string, more: object): object => ({ input: [{ type, ...more }] })

const responses = table(
  '/v1/responses',
  { model: 'open', input: 'hi' },
  {
    input: (said) => ({ input: said }),
    instructions: (said) => ({ instructions: said }),
    'a message': (said) => ({ input: [user(said)] }),
    'parts of a message': (said) => ({
      input: [
        user([{ type: 'input_text', text: said }]),
        { role: 'assistant', content: [{ type: 'refusal', refusal: said }] },
      ],
    }),
    'arguments of a tool': (said) =>
      item('function_call', { call_id: 'c', name: 'f', arguments: JSON.stringify(nested(said)) }),
    'a tool result': (said) => item('function_call_output', { call_id: 'c', output: said }),
    'parts of a tool result': (said) =>
      item('function_call_output', { call_id: 'c', output: [{ type: 'input_text', text: said }] }),
    'input and result of a custom tool': (said) => ({
      input: [
        { type: 'custom_tool_call', call_id: 'c', name: 'f', input: said },
        { type: 'custom_tool_call_output', call_id: 'c', output: said },
      ],
    }),
    'a shell call': (said) => ({
      input: [
        {
          type: 'local_shell_call',
          id: 'i',
          call_id: 'c',
          status: 'completed',
          action: { type: 'exec', command: ['echo', said], env: { A: said }, working_directory: said },
        },
        { type: 'local_shell_call_output', id: 'i', output: said },
      ],
    }),
    'a patch': (said) =>
      item('apply_patch_call', {
        call_id: 'c',
        status: 'completed',
        operation: { type: 'update_file', path: said, diff: said },
      }),
    reasoning: (said) =>
      item('reasoning', {
        id: 'r',
        summary: [{ type: 'summary_text', text: said }],
        content: [{ type: 'reasoning_text', text: said }],
      }),
    'a tool’s description and schema': (said) => ({
      tools: [{ type: 'function', name: 'f', description: said, parameters: schema(said) }],
    }),
    'a custom tool’s grammar': (said) => ({
      tools: [
        {
          type: 'custom',
          name: 'f',
          description: said,
          format: { type: 'grammar', syntax: 'lark', definition: said },
        },
      ],
    }),
    'the form of the reply': (said) => ({
      text: { format: { type: 'json_schema', name: 'n', description: said, schema: schema(said) } },
    }),
    'metadata, user, cache key': (said) => ({
      metadata: { label: said },
      user: said,
      safety_identifier: said,
      prompt_cache_key: said,
    }),
    'a key that nobody knows': (said) => ({ x_surprise: { deep: [said] } }),
  },
)

const tell = { model: 'open', max_tokens: 64, messages: [user('hi')] }
const blocks = (...content: object[]): object => says(user(content))
const anthropicChannels: Record<string, (text: string) => object> = {
  'content of a user': (said) => says(user(said)),
  'blocks of a content': (said) => blocks(text('a'), text(said)),
  system: (said) => ({ system: said }),
  'blocks of the system': (said) => ({ system: [text(said)] }),
  thinking: (said) =>
    says({ role: 'assistant', content: [{ type: 'thinking', thinking: said, signature: 'abc' }] }),
  'arguments of a tool': (said) =>
    says({ role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: nested(said) }] }),
  'a tool result': (said) => blocks({ type: 'tool_result', tool_use_id: 't', content: said }),
  'blocks of a tool result': (said) =>
    blocks({ type: 'tool_result', tool_use_id: 't', content: [text(said)] }),
  'a document': (said) =>
    blocks({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: said },
      title: said,
      context: said,
    }),
  'a document of blocks': (said) =>
    blocks({ type: 'document', source: { type: 'content', content: [text(said)] } }),
  'a search result': (said) =>
    blocks({ type: 'search_result', source: 'notes', title: said, content: [text(said)] }),
  'a citation': (said) =>
    says({
      role: 'assistant',
      content: [
        { ...text('a'), citations: [{ type: 'char_location', cited_text: said, document_title: said }] },
      ],
    }),
  'a tool’s description and schema': (said) => ({
    tools: [{ name: 'f', description: said, input_schema: schema(said) }],
  }),
  'stop sequences, metadata': (said) => ({ stop_sequences: [said], metadata: { user_id: said } }),
  'the form of the reply': (said) => ({
    output_config: { format: { type: 'json_schema', schema: schema(said) } },
  }),
  'a key that nobody knows': (said) => ({ x_surprise: { deep: [said] } }),
}

const ollamaChat = table(
  '/api/chat',
  { model: 'open', stream: false, messages: [user('hi')] },
  {
    'content of a user': (said) => says(user(said)),
    thinking: (said) => says({ role: 'assistant', content: 'a', thinking: said }),
    'arguments of a tool': (said) =>
      says({
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'f', arguments: nested(said) } }],
      }),
    'a tool result': (said) => says({ role: 'tool', tool_name: 'f', content: said }),
    'a tool’s description and schema': (said) => ({
      tools: [{ type: 'function', function: { name: 'f', description: said, parameters: schema(said) } }],
    }),
    'the form of the reply': (said) => ({ format: schema(said) }),
    stop: (said) => ({ options: { stop: [said] } }),
    'a key that nobody knows': (said) => ({ x_surprise: { deep: [said] } }),
  },
)

const ollamaGenerate = table(
  '/api/generate',
  { model: 'open', stream: false, prompt: 'hi' },
  {
    prompt: (said) => ({ prompt: said }),
    'suffix, system, template': (said) => ({ suffix: said, system: said, template: said }),
  },
)

export const REQUEST_CHANNELS: readonly RequestChannel[] = [
  ...chat,
  ...responses,
  ...table('/v1/messages', tell, anthropicChannels),
  ...table('/v1/messages/count_tokens', tell, anthropicChannels),
  ...ollamaChat,
  ...ollamaGenerate,
]
