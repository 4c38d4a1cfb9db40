// LangChain's model for OpenAI.
import { HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { PICTURE, TOOL, type ClientMaker } from './client.ts'

export const langchain: ClientMaker = (env, patience) => {
  const chat = (model: string) =>
    new ChatOpenAI({
      model,
      apiKey: env['OPENAI_API_KEY'] ?? '',
      configuration: { baseURL: env['OPENAI_BASE_URL'] },
      ...patience,
    })
  return {
    name: '@langchain/openai',
    ask: async (model, prompt) => (await chat(model).invoke(prompt)).text,
    async *stream(model, prompt) {
      for await (const piece of await chat(model).stream(prompt)) yield piece.text
    },
    async useTool(model, prompt, result) {
      const offered = chat(model).bindTools([{ type: 'function', function: TOOL }])
      const messages: BaseMessage[] = [new HumanMessage(prompt)]
      const called = await offered.invoke(messages)
      const [call] = called.tool_calls ?? []
      messages.push(called, new ToolMessage({ content: result, tool_call_id: call?.id ?? '' }))
      return { asked: call?.args, answer: (await offered.invoke(messages)).text }
    },
    show: (model, text) =>
      chat(model).invoke([
        new HumanMessage({
          content: [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PICTURE}` } },
          ],
        }),
      ]),
  }
}
