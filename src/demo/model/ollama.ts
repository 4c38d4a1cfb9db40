// The demonstration model as Ollama's native API: https://github.com/ollama/ollama/blob/main/docs/api.md
import { lastOfUser, textOf, type Api, type Asked, type Message } from './api.ts'
import { lengthOf, tokens, type Reply } from './reply.ts'

interface OllamaRequest {
  readonly model: string
  readonly messages?: readonly Message[]
  readonly prompt?: string
  readonly system?: string
  readonly stream?: boolean
  readonly think?: unknown
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly options?: { readonly num_predict?: number }
}

function read(body: unknown): Asked {
  const { model, messages, prompt, system, stream, think, tools, options } = body as OllamaRequest
  const said = messages ?? [{ role: 'user', content: prompt ?? '' }]
  const isAnswered = said.at(-1)?.role === 'tool'
  return {
    model,
    text: lastOfUser(said),
    input: [system ?? '', ...said.map(({ content }) => textOf(content))].join(' '),
    tool: isAnswered ? undefined : tools?.[0]?.function.name,
    reasons: think !== undefined && think !== false,
    stream: stream !== false,
    mostTokens: options?.num_predict,
    choices: 1,
    counts: true,
  }
}

/** `told` puts a piece of the reply where the operation has it. */
function api(path: string, told: (piece: Piece) => object): Api {
  return {
    path,
    streamType: 'application/x-ndjson',
    read,
    whole: (asked, reply) => ({
      ...head(asked),
      ...told({ thinking: reply.reasoning, content: reply.content, tool: reply.tool }),
      ...end(asked, reply),
    }),
    *stream(asked, reply) {
      const line = (value: object): string => `${JSON.stringify({ ...head(asked), ...value })}\n`
      for (const thinking of tokens(reply.reasoning)) {
        yield line({ ...told({ thinking, content: '' }), done: false })
        yield undefined
      }
      for (const content of tokens(reply.content)) {
        yield line({ ...told({ content }), done: false })
        yield undefined
      }
      if (reply.tool) yield line({ ...told({ content: '', tool: reply.tool }), done: false })
      yield line({ ...told({ content: '' }), ...end(asked, reply) })
    },
  }
}

interface Piece {
  readonly thinking?: string
  readonly content: string
  readonly tool?: Reply['tool']
}

export const ollamaChat = api('/api/chat', ({ thinking, content, tool }) => ({
  message: {
    role: 'assistant',
    content,
    ...(thinking && { thinking }),
    ...(tool && { tool_calls: [{ function: { name: tool.name, arguments: tool.arguments } }] }),
  },
}))

export const ollamaGenerate = api('/api/generate', ({ thinking, content }) => ({
  response: content,
  ...(thinking && { thinking }),
}))

function head({ model }: Asked): object {
  return { model, created_at: new Date().toISOString() }
}

function end({ input }: Asked, reply: Reply): object {
  return {
    done: true,
    done_reason: 'stop',
    total_duration: 1_234_567,
    load_duration: 1_234,
    prompt_eval_count: tokens(input).length,
    prompt_eval_duration: 12_345,
    eval_count: lengthOf(reply),
    eval_duration: 123_456,
  }
}
