// What a model server says in each API: the demonstration model's own replies, as bytes.
import type { Api } from '../../src/demo/model/api.ts'
import { chat } from '../../src/demo/model/chat.ts'
import { messages } from '../../src/demo/model/messages.ts'
import { ollamaChat, ollamaGenerate } from '../../src/demo/model/ollama.ts'
import type { Reply } from '../../src/demo/model/reply.ts'
import { responses } from '../../src/demo/model/responses.ts'
import { dialects } from '../../src/dialects/all.ts'
import type { Dialect, Operation } from '../../src/dialects/dialect.ts'

export interface Spoken {
  readonly name: string
  readonly api: Api
  readonly dialect: Dialect
  readonly operation: Operation
  /** A streamed request with this text of the user. */
  request(text: string, more?: object): string
}

const told = (text: string): object => ({ messages: [{ role: 'user', content: text }] })

export const spoken: readonly Spoken[] = [
  of(chat, (text) => ({ stream: true, ...told(text) })),
  of(responses, (text) => ({ stream: true, input: text })),
  of(messages, (text) => ({ stream: true, max_tokens: 1024, ...told(text) })),
  of(ollamaChat, told),
  of(ollamaGenerate, (text) => ({ prompt: text })),
]

function of(api: Api, body: (text: string) => object): Spoken {
  for (const dialect of dialects) {
    const route = dialect.route('POST', api.path)
    if (route?.kind !== 'operation') continue
    const request = (text: string, more: object = {}): string =>
      JSON.stringify({ model: 'm', ...body(text), ...more })
    return {
      name: `${dialect.name} ${route.operation.name}`,
      api,
      dialect,
      operation: route.operation,
      request,
    }
  }
  throw new Error(`no dialect owns ${api.path}`)
}

/** The frames of a streamed reply that says this. */
export function frames({ api, request }: Spoken, reply: Partial<Reply>): Buffer[] {
  const asked = { ...api.read(JSON.parse(request('hi'))), counts: true }
  const whole = { reasoning: '', content: '', tool: undefined, ...reply }
  return [...api.stream(asked, whole)].flatMap((frame) => (frame === undefined ? [] : [Buffer.from(frame)]))
}
