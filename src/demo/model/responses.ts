// The demonstration model as OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses-streaming
import { lastOfUser, textOf, type Api, type Asked, type Message } from './api.ts'
import { lengthOf, tokens, type Reply } from './reply.ts'

interface ResponsesRequest {
  readonly model: string
  readonly input?: string | readonly (Message & { readonly type?: string; readonly output?: unknown })[]
  readonly instructions?: string
  readonly stream?: boolean
  readonly max_output_tokens?: number
  readonly reasoning?: object
  readonly tools?: readonly { readonly name?: string }[]
  readonly tool_choice?: unknown
  readonly metadata?: object
}

interface Item {
  readonly id: string
  readonly type: string
  /** The item when it begins, and when it is done. */
  readonly begun: object
  readonly done: object
  /** Its one text: the events that stream it, and those around it. */
  readonly text: string
  readonly family: string
  /** What a `.done` event calls the text, and where it is. */
  readonly field: string
  readonly place: object
  readonly part: { readonly family: string; readonly of: (text: string) => object } | undefined
}

// What servers repeat in their replies.
interface ResponsesAsked extends Asked {
  readonly echo: object
}

export const responses: Api = {
  path: '/v1/responses',
  streamType: 'text/event-stream; charset=utf-8',
  read(body): ResponsesAsked {
    const { model, input = '', instructions, stream, max_output_tokens, ...rest } = body as ResponsesRequest
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input
    const isAnswered =
      items.some(({ type }) => type === 'function_call_output') || rest.tool_choice === 'none'
    return {
      model,
      text: lastOfUser(items),
      input: items.map(({ content }) => textOf(content)).join(' '),
      tool: isAnswered ? undefined : rest.tools?.find(({ name }) => name !== undefined)?.name,
      reasons: rest.reasoning !== undefined && rest.reasoning !== null,
      stream: stream === true,
      mostTokens: max_output_tokens,
      choices: 1,
      counts: true,
      echo: {
        instructions: instructions ?? null,
        tools: rest.tools ?? [],
        metadata: rest.metadata ?? {},
        tool_choice: rest.tool_choice ?? 'auto',
        parallel_tool_calls: true,
      },
    }
  },
  whole: (asked, reply) => response(asked as ResponsesAsked, reply, 'completed', itemsOf(reply)),
  *stream(asked, reply) {
    let number = 0
    const event = (type: string, value: object): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...value })}\n\n`
    const begun = response(asked as ResponsesAsked, reply, 'in_progress', [])
    yield event('response.created', { response: begun })
    yield event('response.in_progress', { response: begun })
    const items = itemsOf(reply)
    for (const [output_index, item] of items.entries()) {
      const { id, family, field, part, place, text } = item
      const at = { item_id: id, output_index, ...place }
      yield event('response.output_item.added', { output_index, item: item.begun })
      if (part) yield event(`response.${part.family}.added`, { ...at, part: part.of('') })
      for (const delta of tokens(text)) {
        yield event(`response.${family}.delta`, { ...at, delta })
        yield undefined
      }
      yield event(`response.${family}.done`, { ...at, [field]: text })
      if (part) yield event(`response.${part.family}.done`, { ...at, part: part.of(text) })
      yield event('response.output_item.done', { output_index, item: item.done })
    }
    yield event('response.completed', {
      response: { ...begun, ...response(asked as ResponsesAsked, reply, 'completed', items), id: begun.id },
    })
  },
}

let replies = 0

function response(
  { model, input, echo }: ResponsesAsked,
  reply: Reply,
  status: string,
  items: readonly Item[],
): { id: string } {
  const id = `resp_demo${++replies}`
  const used = { input_tokens: tokens(input).length, output_tokens: lengthOf(reply) }
  return {
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status,
    error: null,
    incomplete_details: null,
    model,
    output: items.map(({ done }) => done),
    ...echo,
    ...(status === 'completed' && {
      usage: { ...used, total_tokens: used.input_tokens + used.output_tokens },
    }),
  } as { id: string }
}

function itemsOf({ reasoning, content, tool }: Reply): Item[] {
  const items: Item[] = []
  if (reasoning !== '') {
    const id = 'rs_demo1'
    const of = (text: string): object => ({ type: 'reasoning_text', text })
    items.push({
      id,
      type: 'reasoning',
      begun: { id, type: 'reasoning', summary: [], content: [] },
      done: { id, type: 'reasoning', summary: [], content: [of(reasoning)] },
      text: reasoning,
      family: 'reasoning_text',
      field: 'text',
      place: { content_index: 0 },
      part: { family: 'content_part', of },
    })
  }
  if (tool) {
    const id = 'fc_demo1'
    const call = { id, type: 'function_call', call_id: 'call_demo1', name: tool.name }
    const text = JSON.stringify(tool.arguments)
    items.push({
      id,
      type: 'function_call',
      begun: { ...call, status: 'in_progress', arguments: '' },
      done: { ...call, status: 'completed', arguments: text },
      text,
      family: 'function_call_arguments',
      field: 'arguments',
      place: {},
      part: undefined,
    })
  } else {
    const id = 'msg_demo1'
    const of = (text: string): object => ({ type: 'output_text', text, annotations: [], logprobs: [] })
    const message = { id, type: 'message', role: 'assistant' }
    items.push({
      id,
      type: 'message',
      begun: { ...message, status: 'in_progress', content: [] },
      done: { ...message, status: 'completed', content: [of(content)] },
      text: content,
      family: 'output_text',
      field: 'text',
      place: { content_index: 0 },
      part: { family: 'content_part', of },
    })
  }
  return items
}
