// What keeps a client waiting changes nothing for it: each dialect's keep-alive goes through its real client, before the
// first event and between all others, and what the client reads is the same.
import { readFileSync } from 'node:fs'
import Anthropic from '@anthropic-ai/sdk'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import t from 'tap'
import { dialects } from '../../src/dialects/all.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'

const capture = (name: string): string =>
  readFileSync(new URL(`../vectors/dialects/${name}.txt`, import.meta.url), 'utf8')

/** A fetch that answers with these bytes, frame by frame. */
function answering(dialect: Dialect, frames: readonly string[]): typeof fetch {
  return async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const frame of frames) controller.enqueue(Buffer.from(frame))
        controller.close()
      },
    })
    return new Response(body, { headers: { 'content-type': dialect.framing.type } })
  }
}

const said = { role: 'user', content: 'hi' } as const
const key = { apiKey: 'k', maxRetries: 0 }
const READERS: Record<
  string,
  readonly [capture: string, read: (fetch: typeof globalThis.fetch) => Promise<unknown>][]
> = {
  'openai-chat': [
    [
      'openai-chat-openai',
      (fetch) =>
        new OpenAI({ ...key, fetch }).chat.completions
          .stream({ model: 'm', messages: [said] })
          .finalChatCompletion(),
    ],
    [
      'openai-chat-vllm',
      (fetch) =>
        new OpenAI({ ...key, fetch }).chat.completions
          .stream({ model: 'm', messages: [said] })
          .finalChatCompletion(),
    ],
    ['openai-chat-vllm', spoken],
  ],
  'openai-responses': [
    [
      'openai-responses-openai',
      (fetch) => new OpenAI({ ...key, fetch }).responses.stream({ model: 'm', input: 'hi' }).finalResponse(),
    ],
  ],
  anthropic: [
    [
      'anthropic-anthropic',
      (fetch) =>
        new Anthropic({ ...key, fetch }).messages
          .stream({ model: 'm', max_tokens: 9, messages: [said] })
          .finalMessage(),
    ],
  ],
  ollama: [
    [
      'ollama-chat',
      (fetch) => heard(new Ollama({ fetch }).chat({ model: 'm', messages: [said], stream: true })),
    ],
    [
      'ollama-generate',
      (fetch) => heard(new Ollama({ fetch }).generate({ model: 'm', prompt: 'hi', stream: true })),
    ],
  ],
}

/** The same through the parser that most other clients use. */
async function spoken(fetch: typeof globalThis.fetch): Promise<object> {
  const provider = createOpenAICompatible({ name: 'p', baseURL: 'http://gateway/v1', fetch })
  const result = streamText({ model: provider('m'), prompt: 'hi', maxRetries: 0 })
  return { text: await result.text, reasoning: await result.reasoningText, usage: await result.usage }
}

interface Part {
  readonly message?: { readonly content: string; readonly thinking?: string; readonly tool_calls?: object[] }
  readonly response?: string
  readonly done: boolean
}

/** What a reader of Ollama's parts makes of them. */
async function heard(parts: Promise<AsyncIterable<Part>>): Promise<object> {
  const all = { content: '', thinking: '', calls: [] as object[], done: 0 }
  for await (const { message, response, done } of await parts) {
    all.content += message?.content ?? response ?? ''
    all.thinking += message?.thinking ?? ''
    all.calls.push(...(message?.tool_calls ?? []))
    if (done) all.done++
  }
  return all
}

for (const dialect of dialects) {
  t.test(`${dialect.name}: its clients pass over a keep-alive`, async (t) => {
    const readers = READERS[dialect.name] ?? []
    t.ok(readers.length > 0, 'there is a client')
    const waiting = dialect.framing.keepAlive.toString()
    for (const [name, read] of readers) {
      const frames = capture(name).split(
        dialect.framing.type === 'text/event-stream' ? /(?<=\n\n)/ : /(?<=\n)/,
      )
      const plain = await read(answering(dialect, frames))
      const kept = await read(
        answering(
          dialect,
          frames.flatMap((frame) => [waiting, frame]),
        ),
      )
      t.same(kept, plain, name)
      t.ok(JSON.stringify(plain).length > 50)
    }
  })
}
