// ollama-js, by chat.
import { Ollama, type Message } from 'ollama'
import { PICTURE, TOOL, type ClientMaker } from './client.ts'

export const ollama: ClientMaker = (env) => {
  const client = new Ollama({ host: env['OLLAMA_HOST'] ?? '' })
  const chat = async (model: string, messages: Message[]) =>
    (await client.chat({ model, messages })).message.content
  return {
    name: 'ollama',
    ask: (model, content) => chat(model, [{ role: 'user', content }]),
    async *stream(model, content) {
      const stream = await client.chat({ model, messages: [{ role: 'user', content }], stream: true })
      try {
        for await (const { message } of stream) yield message.content
      } finally {
        stream.abort()
      }
    },
    async useTool(model, prompt, result) {
      const messages: Message[] = [{ role: 'user', content: prompt }]
      const tools = [{ type: 'function', function: TOOL }] as never
      let call: Message | undefined
      for await (const { message } of await client.chat({ model, messages, tools, stream: true })) {
        if (message.tool_calls) call = message
      }
      if (!call) throw new Error('no call')
      messages.push(call, { role: 'tool', tool_name: TOOL.name, content: result })
      return { asked: call.tool_calls?.[0]?.function.arguments, answer: await chat(model, messages) }
    },
    show: (model, content) => chat(model, [{ role: 'user', content, images: [PICTURE] }]),
  }
}
