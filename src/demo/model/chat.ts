// The demonstration model as OpenAI chat completions: https://platform.openai.com/docs/api-reference/chat
import { lastOfUser, textOf, type Api, type Asked, type Message } from './api.ts'
import { lengthOf, tokens, type Reply } from './reply.ts'

interface ChatRequest {
  readonly model: string
  readonly messages: readonly Message[]
  readonly stream?: boolean
  readonly n?: number
  readonly max_tokens?: number
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly reasoning_effort?: string
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly tool_choice?: unknown
}

export const chat: Api = {
  path: '/v1/chat/completions',
  streamType: 'text/event-stream; charset=utf-8',
  read(body) {
    const { model, messages, stream, n, max_tokens, stream_options, ...rest } = body as ChatRequest
    const isAnswered = messages.at(-1)?.role === 'tool' || rest.tool_choice === 'none'
    return {
      model,
      text: lastOfUser(messages),
      input: messages.map(({ content }) => textOf(content)).join(' '),
      tool: isAnswered ? undefined : rest.tools?.[0]?.function.name,
      reasons: rest.reasoning_effort !== undefined,
      stream: stream === true,
      mostTokens: max_tokens,
      choices: n ?? 1,
      counts: stream_options?.include_usage === true,
    }
  },
  whole(asked, reply) {
    const { reasoning, content, tool } = reply
    const message = {
      role: 'assistant',
      content: tool ? null : content,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(tool && { tool_calls: [{ id: 'call_demo1', type: 'function', function: called(tool) }] }),
    }
    return {
      ...head('chat.completion', asked),
      choices: times(asked.choices, (index) => ({ index, message, finish_reason: finishReason(reply) })),
      usage: usage(asked, reply),
    }
  },
  // Choices take turns.
  *stream(asked, reply) {
    const base = head('chat.completion.chunk', asked)
    const choices = times(asked.choices, (index) => index)
    const chunk = (index: number, delta: object, finish: string | null = null): string =>
      event({ ...base, choices: [{ index, delta, finish_reason: finish }] })

    for (const index of choices) yield chunk(index, { role: 'assistant', content: '' })
    for (const delta of deltas(reply)) {
      for (const index of choices) yield chunk(index, delta)
      yield undefined
    }
    for (const index of choices) yield chunk(index, {}, finishReason(reply))
    if (asked.counts) yield event({ ...base, choices: [], usage: usage(asked, reply) })
    yield 'data: [DONE]\n\n'
  },
}

function* deltas({ reasoning, content, tool }: Reply): Generator<object> {
  for (const piece of tokens(reasoning)) yield { reasoning_content: piece }
  for (const piece of tokens(content)) yield { content: piece }
  if (!tool) return
  const { name, arguments: args } = called(tool)
  yield { tool_calls: [{ index: 0, id: 'call_demo1', type: 'function', function: { name, arguments: '' } }] }
  for (const piece of tokens(args)) yield { tool_calls: [{ index: 0, function: { arguments: piece } }] }
}

function called({ name, arguments: args }: NonNullable<Reply['tool']>): { name: string; arguments: string } {
  return { name, arguments: JSON.stringify(args) }
}

let replies = 0

function head(object: string, { model }: Asked): object {
  return { id: `chatcmpl-demo${++replies}`, object, created: Math.floor(Date.now() / 1000), model }
}

function finishReason({ tool }: Reply): string {
  return tool ? 'tool_calls' : 'stop'
}

function usage({ input, choices }: Asked, reply: Reply): object {
  const prompt = tokens(input).length
  const output = lengthOf(reply) * choices
  return { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output }
}

function event(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

function times<T>(n: number, make: (index: number) => T): T[] {
  return Array.from({ length: n }, (_, index) => make(index))
}
