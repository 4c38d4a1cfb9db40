// The OpenAI SDK, by the Responses API and its `.stream()` helper.
import OpenAI from 'openai'
import { PICTURE, TOOL, type ClientMaker } from './client.ts'

export const openaiResponses: ClientMaker = (env, patience) => {
  const openai = new OpenAI({ baseURL: env['OPENAI_BASE_URL'], apiKey: env['OPENAI_API_KEY'], ...patience })
  const respond = async (model: string, input: string | OpenAI.Responses.ResponseInput) =>
    (await openai.responses.create({ model, input })).output_text
  return {
    name: 'openai, responses',
    ask: respond,
    async *stream(model, input) {
      const stream = openai.responses.stream({ model, input })
      let text = ''
      for await (const event of stream) {
        if (event.type !== 'response.output_text.delta') continue
        text += event.delta
        yield event.delta
      }
      const { output_text } = await stream.finalResponse()
      if (output_text !== text) throw new Error('the final copy is another text')
    },
    async useTool(model, prompt, result) {
      const asked: OpenAI.Responses.ResponseInput = [{ role: 'user', content: prompt }]
      const tools = [{ type: 'function' as const, strict: false, ...TOOL }] as never
      const { output } = await openai.responses.stream({ model, input: asked, tools }).finalResponse()
      const call = output.find((item) => item.type === 'function_call')
      if (!call) throw new Error('no call')
      const { id, call_id, name, arguments: args } = call
      const input: OpenAI.Responses.ResponseInput = [
        ...asked,
        { type: 'function_call', ...(id !== undefined && { id }), call_id, name, arguments: args },
        { type: 'function_call_output', call_id, output: result },
      ]
      return { asked: JSON.parse(args), answer: await respond(model, input) }
    },
    show: (model, text) =>
      respond(model, [
        {
          role: 'user',
          content: [
            { type: 'input_text', text },
            { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${PICTURE}` },
          ],
        },
      ]),
  }
}
