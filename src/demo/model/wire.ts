// The demonstration model's replies as OpenAI chat completions, whole and as a stream of chunks.
import { tokens, type ChatRequest, type Reply } from './reply.ts'

let replies = 0

export function wholeReply(chat: ChatRequest, reply: Reply): object {
  const message = {
    role: 'assistant',
    content: reply.content ?? null,
    ...(reply.reasoning !== undefined && { reasoning_content: reply.reasoning }),
    ...(reply.tool && { tool_calls: [{ id: 'call_demo1', type: 'function', function: reply.tool }] }),
  }
  return {
    ...head('chat.completion', chat),
    choices: times(chat.n ?? 1, (index) => ({ index, message, finish_reason: finishReason(reply) })),
    usage: usage(chat, reply),
  }
}

/** The data of each event, paced like a model that writes; choices take turns. */
export async function* streamReply(chat: ChatRequest, reply: Reply, pace: number): AsyncGenerator<string> {
  const base = head('chat.completion.chunk', chat)
  const choices = times(chat.n ?? 1, (index) => index)
  const chunk = (index: number, delta: object, finish: string | null = null): string =>
    JSON.stringify({ ...base, choices: [{ index, delta, finish_reason: finish }] })

  for (const index of choices) yield chunk(index, { role: 'assistant', content: '' })
  for (const delta of deltas(reply)) {
    for (const index of choices) yield chunk(index, delta)
    await pause(pace)
  }
  for (const index of choices) yield chunk(index, {}, finishReason(reply))
  if (chat.stream_options?.include_usage)
    yield JSON.stringify({ ...base, choices: [], usage: usage(chat, reply) })
}

function* deltas(reply: Reply): Generator<object> {
  for (const piece of tokens(reply.reasoning ?? '')) yield { reasoning_content: piece }
  for (const piece of tokens(reply.content ?? '')) yield { content: piece }
  if (!reply.tool) return
  yield {
    tool_calls: [
      { index: 0, id: 'call_demo1', type: 'function', function: { name: reply.tool.name, arguments: '' } },
    ],
  }
  for (const piece of tokens(reply.tool.arguments))
    yield { tool_calls: [{ index: 0, function: { arguments: piece } }] }
}

function head(object: string, chat: ChatRequest): object {
  return {
    id: `chatcmpl-demo${++replies}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: chat.model,
  }
}

function finishReason(reply: Reply): string {
  return reply.tool ? 'tool_calls' : 'stop'
}

function usage(chat: ChatRequest, reply: Reply): object {
  const input = tokens(chat.messages.map((message) => JSON.stringify(message.content ?? '')).join(' ')).length
  const output = [...deltas(reply)].length * (chat.n ?? 1)
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
}

function times<T>(n: number, make: (index: number) => T): T[] {
  return Array.from({ length: n }, (_, index) => make(index))
}

function pause(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve()
}
