// The channels of streamed replies: Anthropic's and Ollama's, and all of them together.
import { TIME } from './answers.ts'
import { CHAT_CHANNELS, RESPONSES_CHANNELS } from './openai-streams.ts'
import { joined, type Json, type Pick, type StreamChannel } from './stream-channel.ts'

// Anthropic Messages.

function messages(name: string, begun: object, delta: (piece: string) => object, pick: Pick): StreamChannel {
  return {
    path: '/v1/messages',
    name,
    ...(name === 'arguments of a tool' && { isJson: true }),
    frames: (pieces, json) =>
      named(json, [
        opened,
        { type: 'content_block_start', index: 0, content_block: begun },
        ...pieces.map((piece) => ({ type: 'content_block_delta', index: 0, delta: delta(piece) })),
        { type: 'content_block_stop', index: 0 },
        ...closed,
      ]),
    heard: (frames) => [
      joined(frames, (data) => (data.type === 'content_block_delta' ? pick(data.delta) : '')),
    ],
  }
}

const opened = {
  type: 'message_start',
  message: {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  },
}
const closed = [
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 1 },
  },
  { type: 'message_stop' },
]

function named(json: Json, events: readonly { type: string; [key: string]: unknown }[]): string[] {
  return events.map((value) => `event: ${value.type}\ndata: ${json(value)}\n\n`)
}

const messagesChannels: readonly StreamChannel[] = [
  messages(
    'text',
    { type: 'text', text: '' },
    (text) => ({ type: 'text_delta', text }),
    (delta) => delta.text,
  ),
  messages(
    'thinking',
    { type: 'thinking', thinking: '', signature: '' },
    (thinking) => ({ type: 'thinking_delta', thinking }),
    (delta) => delta.thinking,
  ),
  messages(
    'arguments of a tool',
    { type: 'tool_use', id: 't', name: 'f', input: {} },
    (partial_json) => ({ type: 'input_json_delta', partial_json }),
    (delta) => delta.partial_json,
  ),
  {
    path: '/v1/messages',
    name: 'what a block begins with',
    frames: (pieces, json) =>
      named(json, [
        opened,
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: pieces[0] } },
        ...pieces
          .slice(1)
          .map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
        { type: 'content_block_stop', index: 0 },
        ...closed,
      ]),
    heard: (frames) => [joined(frames, (data) => data.content_block?.text ?? data.delta?.text)],
  },
]

// Ollama.

function ollama(path: string, name: string, told: (piece: string) => object, pick: Pick): StreamChannel {
  const line = (json: Json, value: object): string => `${json({ model: 'm', created_at: TIME, ...value })}\n`
  return {
    path,
    name,
    frames: (pieces, json) => [
      ...pieces.slice(0, -1).map((piece) => line(json, { ...told(piece), done: false })),
      // The last line may hold text, too.
      line(json, { ...told(pieces.at(-1) ?? ''), done: true, done_reason: 'stop', context: [1, 2, 3] }),
    ],
    heard: (frames) => [joined(frames, pick)],
  }
}

const message = (more: object): object => ({ message: { role: 'assistant', content: '', ...more } })

export const STREAM_CHANNELS: readonly StreamChannel[] = [
  ...CHAT_CHANNELS,
  ...RESPONSES_CHANNELS,
  ...messagesChannels,
  ollama(
    '/api/chat',
    'content',
    (content) => message({ content }),
    (data) => data.message.content,
  ),
  ollama(
    '/api/chat',
    'thinking',
    (thinking) => message({ thinking }),
    (data) => data.message.thinking,
  ),
  ollama(
    '/api/generate',
    'response',
    (response) => ({ response }),
    (data) => data.response,
  ),
  ollama(
    '/api/generate',
    'thinking',
    (thinking) => ({ response: '', thinking }),
    (data) => data.thinking,
  ),
]
