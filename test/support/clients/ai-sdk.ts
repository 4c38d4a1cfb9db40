// The AI SDK with its provider for what is compatible with OpenAI.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai'
import { PICTURE, TOOL, type ClientMaker } from './client.ts'

export const aiSdk: ClientMaker = (env, patience) => {
  const provider = createOpenAICompatible({
    name: 'sluice',
    baseURL: env['OPENAI_BASE_URL'] ?? '',
    apiKey: env['OPENAI_API_KEY'] ?? '',
  })
  return {
    name: 'ai, @ai-sdk/openai-compatible',
    ask: async (model, prompt) => (await generateText({ model: provider(model), prompt, ...patience })).text,
    async *stream(model, prompt) {
      const abort = new AbortController()
      const { fullStream } = streamText({
        model: provider(model),
        prompt,
        abortSignal: abort.signal,
        onError: () => undefined,
        ...patience,
      })
      try {
        for await (const part of fullStream) {
          if (part.type === 'text-delta') yield part.text
          if (part.type === 'error') throw part.error
        }
      } finally {
        abort.abort()
      }
    },
    async useTool(model, prompt, result) {
      let asked: unknown
      const { text } = await generateText({
        model: provider(model),
        prompt,
        tools: {
          [TOOL.name]: tool({
            description: TOOL.description,
            inputSchema: jsonSchema(TOOL.parameters as never),
            execute: async (input: unknown) => {
              asked = input
              return result
            },
          }),
        },
        stopWhen: isStepCount(2),
        ...patience,
      })
      return { asked, answer: text }
    },
    show: (model, text) =>
      generateText({
        model: provider(model),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text },
              { type: 'file', mediaType: 'image/png', data: Buffer.from(PICTURE, 'base64') },
            ],
          },
        ],
        ...patience,
      }),
  }
}
