// The dialect of OpenAI chat completions: /v1/chat/completions and /v1/models.
import type { Dialect } from '../dialect.ts'
import { encodeSse, SseDecoder } from '../sse.ts'
import { errorBody } from './errors.ts'
import { createEventReader, readReply } from './reply.ts'
import { readRequest, USAGE } from './request.ts'

export const openaiChat: Dialect = {
  name: 'openai-chat',
  upstreamPath: () => '/chat/completions',
  operation(method, path) {
    if (method === 'POST' && (path === '/v1/chat/completions' || path === '/chat/completions')) return 'chat'
    if (method === 'GET' && (path === '/v1/models' || path === '/models')) return 'models'
    return undefined
  },
  readRequest,
  readReply,
  streamType: 'text/event-stream',
  decoder: (maxFrame) => new SseDecoder(maxFrame, false),
  events: ({ wants }) => createEventReader(wants.includes(USAGE)),
  encodeFrame: encodeSse,
  error: (error, requestId) => JSON.stringify(errorBody(error, requestId)),
  streamError: (error, requestId) => encodeSse(JSON.stringify(errorBody(error, requestId))),
  models: (names) =>
    JSON.stringify({
      object: 'list',
      data: names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'sluice' })),
    }),
}
