// The Anthropic SDK, by messages and its `.stream()` helper.
import Anthropic from '@anthropic-ai/sdk'
import { PICTURE, TOOL, type ClientMaker } from './client.ts'

const LONG = 100_000
const SHORT = 4_000

export const anthropic: ClientMaker = (env, patience) => {
  const client = new Anthropic({
    baseURL: env['ANTHROPIC_BASE_URL'],
    authToken: env['ANTHROPIC_AUTH_TOKEN'],
    apiKey: null,
    ...patience,
  })
  const create = async (model: string, messages: Anthropic.MessageParam[]) => {
    const { content } = await client.messages.create({ model, messages, max_tokens: SHORT })
    return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
  }
  return {
    name: '@anthropic-ai/sdk',
    ask: (model, content) => create(model, [{ role: 'user', content }]),
    async *stream(model, content) {
      const stream = client.messages.stream({
        model,
        messages: [{ role: 'user', content }],
        max_tokens: LONG,
      })
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text
      }
      await stream.finalMessage()
    },
    async useTool(model, prompt, result) {
      const messages: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }]
      const { name, description, parameters } = TOOL
      const tools = [{ name, description, input_schema: parameters }] as never
      const { content } = await client.messages
        .stream({ model, messages, tools, max_tokens: SHORT })
        .finalMessage()
      const call = content.find((block) => block.type === 'tool_use')
      if (!call) throw new Error('no call')
      messages.push(
        { role: 'assistant', content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: result }] },
      )
      return { asked: call.input, answer: await create(model, messages) }
    },
    show: (model, text) =>
      create(model, [
        {
          role: 'user',
          content: [
            { type: 'text', text },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PICTURE } },
          ],
        },
      ]),
  }
}
