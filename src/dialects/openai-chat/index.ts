// The dialect of OpenAI chat completions: /v1/chat/completions and /v1/models.
// https://platform.openai.com/docs/api-reference/chat
import type { Dialect, Discovery, Operation } from '../dialect.ts'
import { encodeSse, sse } from '../sse.ts'
import { errorBody } from './errors.ts'
import { createEventReader, readReply } from './reply.ts'
import { readRequest, USAGE } from './request.ts'

const chat: Operation = {
  name: 'chat',
  upstreamPath: '/chat/completions',
  readRequest,
  readReply,
  events: ({ wants }) => createEventReader(wants.includes(USAGE)),
}

const models: Discovery = {
  answer: (served) =>
    JSON.stringify({
      object: 'list',
      data: served.map(({ name }) => ({ id: name, object: 'model', created: 0, owned_by: 'sluice' })),
    }),
}

export const openaiChat: Dialect = {
  name: 'openai-chat',
  paths: /^(?:\/v1)?\/(?:chat|models)(?:\/|$)/,
  // Some clients take the gateway's address for the base URL, and leave the version out.
  route(method, path) {
    if (method === 'POST' && /^(?:\/v1)?\/chat\/completions$/.test(path))
      return { kind: 'operation', operation: chat }
    if (method === 'GET' && /^(?:\/v1)?\/models$/.test(path)) return { kind: 'discovery', discovery: models }
    return undefined
  },
  framing: sse(false),
  headers: {},
  error: (error, requestId) => JSON.stringify(errorBody(error, requestId)),
  streamError: (error, requestId) => encodeSse(JSON.stringify(errorBody(error, requestId))),
}
