// The dialect of Anthropic's Messages API: /v1/messages and /v1/messages/count_tokens.
// https://docs.anthropic.com/en/api/messages
import type { Dialect, Operation } from '../dialect.ts'
import { encodeSse, sse } from '../sse.ts'
import { errorBody } from './errors.ts'
import { createEventReader, readCount, readReply } from './reply.ts'
import { readRequest } from './request.ts'

const messages: Operation = {
  name: 'messages',
  upstreamPath: '/messages',
  readRequest,
  readReply,
  events: createEventReader,
}

const countTokens: Operation = {
  name: 'count-tokens',
  upstreamPath: '/messages/count_tokens',
  readRequest,
  readReply: readCount,
  events: createEventReader,
}

const framing = sse(true)

export const anthropic: Dialect = {
  name: 'anthropic',
  paths: /^\/v1\/messages(?:\/|$)/,
  route(method, path) {
    if (method !== 'POST') return undefined
    if (path === '/v1/messages') return { kind: 'operation', operation: messages }
    if (path === '/v1/messages/count_tokens') return { kind: 'operation', operation: countTokens }
    return undefined
  },
  framing: { ...framing, keepAlive: encodeSse('{"type": "ping"}', 'ping') },
  headers: {
    'anthropic-version': /^\d{4}-\d\d-\d\d$/,
    'anthropic-beta': /^[a-z0-9-]{1,80}(?:, ?[a-z0-9-]{1,80}){0,31}$/,
  },
  error: errorBody,
  streamError: (error, requestId) => encodeSse(errorBody(error, requestId), 'error'),
}
