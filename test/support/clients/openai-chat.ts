// The OpenAI SDK, by chat completions and its `.stream()` helper.
import OpenAI from 'openai'
import { PICTURE, TOOL, type ClientMaker } from './client.ts'

type Message = OpenAI.ChatCompletionMessageParam

export const openaiChat: ClientMaker = (env, patience) => {
  const openai = new OpenAI({ baseURL: env['OPENAI_BASE_URL'], apiKey: env['OPENAI_API_KEY'], ...patience })
  const complete = async (model: string, messages: Message[]) => {
    const { choices } = await openai.chat.completions.create({ model, messages })
    return choices[0]?.message.content ?? ''
  }
  return {
    name: 'openai, chat completions',
    ask: (model, content) => complete(model, [{ role: 'user', content }]),
    async *stream(model, content) {
      const stream = openai.chat.completions.stream({ model, messages: [{ role: 'user', content }] })
      for await (const { choices } of stream) yield choices[0]?.delta.content ?? ''
      await stream.finalChatCompletion()
    },
    async useTool(model, prompt, result) {
      const messages: Message[] = [{ role: 'user', content: prompt }]
      const tools = [{ type: 'function', function: TOOL }] as never
      const { choices } = await openai.chat.completions
        .stream({ model, messages, tools })
        .finalChatCompletion()
      const [call] = choices[0]?.message.tool_calls ?? []
      if (choices[0] === undefined || call?.type !== 'function') throw new Error('no call')
      messages.push(choices[0].message, { role: 'tool', tool_call_id: call.id, content: result })
      return { asked: JSON.parse(call.function.arguments), answer: await complete(model, messages) }
    },
    show: (model, text) =>
      complete(model, [
        {
          role: 'user',
          content: [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PICTURE}` } },
          ],
        },
      ]),
  }
}
