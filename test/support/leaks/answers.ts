// The least that a model server answers in each API, so that a request comes to its end.

/** A whole reply to a request at this path that says `text`. */
export function answer(path: string, text: string): object {
  const used = { input_tokens: 1, output_tokens: 1 }
  switch (path) {
    case '/v1/chat/completions':
      return {
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      }
    case '/v1/responses':
      return {
        id: 'r',
        object: 'response',
        status: 'completed',
        model: 'm',
        output: [messageItem(text)],
        usage: used,
      }
    case '/v1/messages':
      return {
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [{ type: 'text', text }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: used,
      }
    case '/v1/messages/count_tokens':
      return { input_tokens: 1 }
    case '/api/chat':
      return { model: 'm', created_at: TIME, message: { role: 'assistant', content: text }, done: true }
    default:
      return { model: 'm', created_at: TIME, response: text, done: true }
  }
}

export const TIME = '2026-01-02T03:04:05.678Z'

export function messageItem(text: string): object {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }]
  return { id: 'i', type: 'message', role: 'assistant', status: 'completed', content }
}
