// Requests that hold what nobody can look into, and such as reach beyond their exchange, each with the name that it is
// refused by.

type Row = readonly [path: string, name: string, more: object]

const [CHAT, RESPONSES, MESSAGES, OLLAMA, GENERATE] = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/api/chat',
  '/api/generate',
] as const
const content = (...parts: object[]): object => ({ messages: [{ role: 'user', content: parts }] })
const PNG = 'data:image/png;base64,iVBORw0KGgo='
const IDS = Array.from({ length: 20 }, (_, id) => id)
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } }

export const OPAQUE_REQUESTS: readonly Row[] = [
  [CHAT, 'messages[0].content[0] (image_url)', content({ type: 'image_url', image_url: { url: PNG } })],
  [
    CHAT,
    'messages[0].content[1] (input_audio)',
    content(
      { type: 'text', text: 'a' },
      { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
    ),
  ],
  [CHAT, 'messages[0].content[0] (file)', content({ type: 'file', file: { file_data: 'JVBE' } })],
  [CHAT, 'messages[0].content[0] (unknown type)', content({ type: 'Ünknown' })],
  [CHAT, 'images', { messages: [{ role: 'user', content: 'a', images: ['iVBO'] }] }],
  [CHAT, 'images', { messages: [{ role: 'user', type: 'file', content: 'a', images: ['iVBO'] }] }],
  [CHAT, 'image', { documents: [{ type: 'image', pixels: 'iVBO' }] }],
  [CHAT, 'prompt_token_ids', { prompt_token_ids: [1, 2] }],
  [CHAT, 'prompt_embeds', { prompt_embeds: 'gAAA' }],
  [CHAT, 'a list of numbers', { extra: IDS }],
  [CHAT, 'a data URL', { extra: PNG }],
  [CHAT, 'logprobs', { logprobs: true }],
  [CHAT, 'top_logprobs', { top_logprobs: 2 }],
  [CHAT, 'prompt_logprobs', { prompt_logprobs: 1 }],
  [CHAT, 'return_token_ids', { return_token_ids: true }],
  [CHAT, 'echo', { echo: true }],
  [CHAT, 'modalities', { modalities: ['text', 'audio'] }],
  [CHAT, 'modalities', { modalities: 'audio' }],
  [
    RESPONSES,
    'input[0].content[0] (input_image)',
    { input: [{ role: 'user', content: [{ type: 'input_image', image_url: PNG }] }] },
  ],
  [
    RESPONSES,
    'input[0].content[0] (input_file)',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_data: 'JVBE' }] }] },
  ],
  [
    RESPONSES,
    'input[0].output[0] (input_image)',
    {
      input: [
        { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: PNG }] },
      ],
    },
  ],
  [
    RESPONSES,
    'encrypted_content',
    { input: [{ type: 'reasoning', id: 'r', summary: [], encrypted_content: 'gAAA' }] },
  ],
  [RESPONSES, 'input[0] (compaction)', { input: [{ type: 'compaction', encrypted_content: 'gAAA' }] }],
  [
    RESPONSES,
    'input[0] (computer_call_output)',
    { input: [{ type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot' } }] },
  ],
  [RESPONSES, 'include reasoning.encrypted_content', { include: ['reasoning.encrypted_content'] }],
  [RESPONSES, 'include message.output_text.logprobs', { include: ['message.output_text.logprobs'] }],
  [RESPONSES, 'include message.output_text.logprobs', { include: 'message.output_text.logprobs' }],
  [RESPONSES, 'top_logprobs', { top_logprobs: 3 }],
  [MESSAGES, 'messages[0].content[0] (image)', content(image)],
  [
    MESSAGES,
    'messages[0].content[0] (document)',
    content({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } }),
  ],
  [MESSAGES, 'image', content({ type: 'document', source: { type: 'content', content: [image] } })],
  [
    MESSAGES,
    'messages[0].content[0].content[0] (image)',
    content({ type: 'tool_result', tool_use_id: 't', content: [image] }),
  ],
  [
    MESSAGES,
    'messages[0].content[0] (redacted_thinking)',
    content({ type: 'redacted_thinking', data: 'EmwK' }),
  ],
  [
    MESSAGES,
    'messages[0].content[0].signature',
    content({ type: 'thinking', thinking: 'a', signature: 'EqQBCgIYAhIM1gbcDa9G'.repeat(8) }),
  ],
  [
    MESSAGES,
    'encrypted_content',
    content({
      type: 'tool_result',
      tool_use_id: 't',
      content: [{ type: 'text', text: 'a', encrypted_content: 'Eo8B' }],
    }),
  ],
  [OLLAMA, 'images', { messages: [{ role: 'user', content: 'a', images: ['iVBO'] }] }],
  [OLLAMA, 'logprobs', { logprobs: true }],
  [OLLAMA, '_debug_render_only', { _debug_render_only: true }],
  [GENERATE, 'images', { images: ['iVBO'] }],
  [GENERATE, 'top_logprobs', { top_logprobs: 1 }],
]

const hosted = (type: string): object => ({ tools: [{ type, name: type }] })

export const BEYOND_REQUESTS: readonly Row[] = [
  [CHAT, 'store', { store: true }],
  [CHAT, 'store', { store: 'true' }],
  [CHAT, 'store', { store: 1 }],
  [CHAT, 'web_search_options', { web_search_options: {} }],
  [CHAT, 'search_parameters', { search_parameters: { mode: 'on' } }],
  [CHAT, 'enable_search', { enable_search: true }],
  [CHAT, 'plugins', { plugins: [{ id: 'web' }] }],
  [CHAT, 'tools[0] (mcp)', hosted('mcp')],
  [CHAT, 'tools[0] (mcp)', { tools: { type: 'mcp' } }],
  [
    CHAT,
    'url',
    content({ type: 'image_url', image_url: { url: 'http://169.254.169.254/latest/meta-data' } }),
  ],
  [CHAT, 'url', content({ type: 'image_url', image_url: { url: 'file:///etc/passwd' } })],
  [CHAT, 'file_id', content({ type: 'file', file: { file_id: 'file-abc' } })],
  [RESPONSES, 'previous_response_id', { previous_response_id: 'resp_1' }],
  [RESPONSES, 'conversation', { conversation: 'conv_1' }],
  [RESPONSES, 'prompt', { prompt: { id: 'pmpt_1' } }],
  [RESPONSES, 'store', { store: true }],
  [RESPONSES, 'background', { background: true }],
  [RESPONSES, 'background', { background: 'true' }],
  [RESPONSES, 'input[0] (item_reference)', { input: [{ type: 'item_reference', id: 'i' }] }],
  [RESPONSES, 'input[0] (item_reference)', { input: [{ id: 'i' }] }],
  [RESPONSES, 'input[0] (item_reference)', { input: [{ type: null, id: 'i' }] }],
  [RESPONSES, 'tools[0] (web_search)', hosted('web_search')],
  [RESPONSES, 'tools[0] (unknown type)', { tools: { a: { type: 'mcp' } } }],
  [RESPONSES, 'tools[0] (mcp)', { tools: [{ type: 'mcp', server_url: 'https://evil.example' }] }],
  [RESPONSES, 'tools[0] (file_search)', hosted('file_search')],
  [RESPONSES, 'tools[0] (code_interpreter)', hosted('code_interpreter')],
  [
    RESPONSES,
    'image_url',
    {
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://evil.example/a.png' }] }],
    },
  ],
  [
    RESPONSES,
    'file_url',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_url: 'https://evil.example/a.pdf' }] }] },
  ],
  [
    RESPONSES,
    'file_id',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-abc' }] }] },
  ],
  [MESSAGES, 'container', { container: 'c' }],
  [MESSAGES, 'mcp_servers', { mcp_servers: [{ type: 'url', url: 'https://evil.example' }] }],
  [MESSAGES, 'tools[0] (web_search_20250305)', hosted('web_search_20250305')],
  [MESSAGES, 'tools[0] (web_search_20250305)', { tools: { type: 'web_search_20250305' } }],
  [MESSAGES, 'tools[0] (code_execution_20250522)', hosted('code_execution_20250522')],
  [MESSAGES, 'url', content({ type: 'image', source: { type: 'url', url: 'https://evil.example/a.png' } })],
  [MESSAGES, 'file_id', content({ type: 'document', source: { type: 'file', file_id: 'file_abc' } })],
  [
    '/v1/messages/count_tokens',
    'url',
    content({ type: 'image', source: { type: 'url', url: 'https://evil.example/a.png' } }),
  ],
  [GENERATE, 'context', { context: [1, 2, 3] }],
]
