// The real SDK, with everything that comes to it written down as it came.
import OpenAI, { APIError } from 'openai'
import { TOKEN } from './gateway-parts.ts'

export interface Overheard {
  readonly openai: OpenAI
  /** Headers and bytes of all replies since the last `forget`. */
  came(): string
  forget(): void
  /** Asks the model `open`, reads the reply to its end, and gives its text or how the SDK says that it failed. */
  ask(content: string, stream: boolean): Promise<string | APIError>
}

export function overheard(url: string): Overheard {
  let came = ''
  const openai = new OpenAI({
    baseURL: `${url}/v1`,
    apiKey: TOKEN,
    maxRetries: 0,
    fetch: async (...call) => {
      const reply = await fetch(...call)
      came += JSON.stringify([...reply.headers])
      const copy = new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, out) {
          came += Buffer.from(bytes).toString('latin1')
          out.enqueue(bytes)
        },
      })
      return new Response(reply.body?.pipeThrough(copy) ?? null, reply)
    },
  })
  return {
    openai,
    came: () => came,
    forget: () => (came = ''),
    async ask(content, stream) {
      const messages = [{ role: 'user' as const, content }]
      try {
        const reply = await openai.chat.completions.create({ model: 'open', messages, stream })
        return await read(reply)
      } catch (thrown) {
        if (thrown instanceof APIError) return thrown
        throw thrown
      }
    },
  }
}

/** The text of a reply, whole or streamed, read to its end. */
export async function read(
  reply: OpenAI.ChatCompletion | AsyncIterable<OpenAI.ChatCompletionChunk>,
): Promise<string> {
  if ('choices' in reply) return reply.choices[0]?.message.content ?? ''
  let text = ''
  for await (const { choices } of reply) text += choices[0]?.delta.content ?? ''
  return text
}
