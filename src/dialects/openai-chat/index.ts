// The dialect of OpenAI chat completions: /v1/chat/completions and /v1/models.
// https://platform.openai.com/docs/api-reference/chat
import type { Dialect, Operation } from '../dialect.ts'
import { encodeSse, sse } from '../sse.ts'
import { errorBody } from './errors.ts'
import { modelAt, models } from './models.ts'
import { createEventReader, readReply } from './reply.ts'
import { readRequest, USAGE } from './request.ts'

const chat: Operation = {
  name: 'chat',
  upstreamPath: '/chat/completions',
  readRequest,
  readReply,
  events: ({ wants }) => createEventReader(wants.includes(USAGE)),
}

export const openaiChat: Dialect = {
  name: 'openai-chat',
  paths: /^(?:\/v1)?\/(?:chat|models)(?:\/|$)/,
  // Some clients take the gateway's address for the base URL, and leave the version out.
  route(method, path) {
    if (method === 'POST' && /^(?:\/v1)?\/chat\/completions$/.test(path))
      return { kind: 'operation', operation: chat }
    const [isModels, name] = (method === 'GET' && /^(?:\/v1)?\/models(?:\/(.+))?$/.exec(path)) || []
    if (isModels === undefined) return undefined
    const discovery = name === undefined ? models : modelAt(name)
    return discovery && { kind: 'discovery', discovery }
  },
  framing: sse(false),
  headers: {},
  error: (error, requestId) => JSON.stringify(errorBody(error, requestId)),
  streamError: (error, requestId) => encodeSse(JSON.stringify(errorBody(error, requestId))),
}
