// The demonstration model as Anthropic's Messages API: https://docs.anthropic.com/en/docs/build-with-claude/streaming
import { lastOfUser, textOf, type Api, type Asked, type Message } from './api.ts'
import { lengthOf, tokens, type Reply } from './reply.ts'

interface MessagesRequest {
  readonly model: string
  readonly messages: readonly Message[]
  readonly system?: unknown
  readonly max_tokens?: number
  readonly stream?: boolean
  readonly thinking?: { readonly type?: string }
  readonly tools?: readonly { readonly name: string }[]
  readonly tool_choice?: { readonly type?: string }
}

function read(body: unknown): Asked {
  const { model, messages, system, max_tokens, stream, thinking, tools, tool_choice } =
    body as MessagesRequest
  const isAnswered = hasToolResult(messages.at(-1)?.content) || tool_choice?.type === 'none'
  return {
    model,
    text: lastOfUser(messages),
    input: [textOf(system), ...messages.map(({ content }) => textOf(content))].join(' '),
    tool: isAnswered ? undefined : tools?.[0]?.name,
    reasons: thinking?.type === 'enabled',
    stream: stream === true,
    mostTokens: max_tokens,
    choices: 1,
    counts: true,
  }
}

export const messages: Api = {
  path: '/v1/messages',
  streamType: 'text/event-stream; charset=utf-8',
  read,
  whole: (asked, reply) => ({
    ...head(asked),
    content: blocksOf(reply).map(({ done }) => done),
    stop_reason: stopReason(reply),
    stop_sequence: null,
    usage: { input_tokens: tokens(asked.input).length, output_tokens: lengthOf(reply) },
  }),
  *stream(asked, reply) {
    const event = (type: string, value: object): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`
    yield event('message_start', {
      message: {
        ...head(asked),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: tokens(asked.input).length, output_tokens: 1 },
      },
    })
    yield event('ping', {})
    for (const [index, { begun, text, delta }] of blocksOf(reply).entries()) {
      yield event('content_block_start', { index, content_block: begun })
      for (const piece of tokens(text)) {
        yield event('content_block_delta', { index, delta: delta(piece) })
        yield undefined
      }
      yield event('content_block_stop', { index })
    }
    yield event('message_delta', {
      delta: { stop_reason: stopReason(reply), stop_sequence: null },
      usage: { output_tokens: lengthOf(reply) },
    })
    yield event('message_stop', {})
  },
}

export const countTokens: Api = {
  ...messages,
  path: '/v1/messages/count_tokens',
  whole: ({ input }) => ({ input_tokens: tokens(input).length }),
}

let replies = 0

function head({ model }: Asked): object {
  return { id: `msg_demo${++replies}`, type: 'message', role: 'assistant', model }
}

function stopReason({ tool }: Reply): string {
  return tool ? 'tool_use' : 'end_turn'
}

interface Block {
  readonly begun: object
  readonly done: object
  readonly text: string
  readonly delta: (piece: string) => object
}

function blocksOf({ reasoning, content, tool }: Reply): Block[] {
  const blocks: Block[] = []
  if (reasoning !== '') {
    blocks.push({
      begun: { type: 'thinking', thinking: '', signature: '' },
      done: { type: 'thinking', thinking: reasoning, signature: '' },
      text: reasoning,
      delta: (thinking) => ({ type: 'thinking_delta', thinking }),
    })
  }
  if (tool) {
    const use = { type: 'tool_use', id: 'toolu_demo1', name: tool.name }
    blocks.push({
      begun: { ...use, input: {} },
      done: { ...use, input: tool.arguments },
      text: JSON.stringify(tool.arguments),
      delta: (partial_json) => ({ type: 'input_json_delta', partial_json }),
    })
  } else {
    blocks.push({
      begun: { type: 'text', text: '' },
      done: { type: 'text', text: content },
      text: content,
      delta: (text) => ({ type: 'text_delta', text }),
    })
  }
  return blocks
}

function hasToolResult(content: unknown): boolean {
  return Array.isArray(content) && content.some((part: { type?: unknown }) => part.type === 'tool_result')
}
