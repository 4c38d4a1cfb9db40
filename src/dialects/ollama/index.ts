// The dialect of Ollama's native API: /api/chat, /api/generate, and what tools ask before.
// https://github.com/ollama/ollama/blob/main/docs/api.md
import type { SluiceError } from '../../base/errors.ts'
import { wholeMessage } from '../bodies.ts'
import type { Dialect, Operation, Route } from '../dialect.ts'
import { encodeLine, ndjson } from '../ndjson.ts'
import { running, show, tags, version } from './discovery.ts'
import { createEventReader, readReply } from './reply.ts'
import { readChatRequest, readGenerateRequest } from './request.ts'

const chat: Operation = {
  name: 'chat',
  upstreamPath: '/api/chat',
  beside: true,
  readRequest: readChatRequest,
  readReply,
  events: createEventReader,
}

const generate: Operation = {
  name: 'generate',
  upstreamPath: '/api/generate',
  beside: true,
  readRequest: readGenerateRequest,
  readReply,
  events: createEventReader,
}

const ROUTES = new Map<string, Route>([
  ['POST /api/chat', { kind: 'operation', operation: chat }],
  ['POST /api/generate', { kind: 'operation', operation: generate }],
  ['GET /api/tags', { kind: 'discovery', discovery: tags }],
  ['POST /api/show', { kind: 'discovery', discovery: show }],
  ['GET /api/version', { kind: 'discovery', discovery: version }],
  ['GET /api/ps', { kind: 'discovery', discovery: running }],
])

// Of both operations, so that either's clients read it: a piece without text.
const WAITING = JSON.stringify({
  model: '',
  created_at: '1970-01-01T00:00:00Z',
  message: { role: 'assistant', content: '' },
  response: '',
  done: false,
})

export const ollama: Dialect = {
  name: 'ollama',
  paths: /^\/api\//,
  route: (method, path) => ROUTES.get(`${method} ${path}`),
  framing: ndjson(WAITING),
  headers: {},
  error: errorBody,
  streamError: (error, requestId) => encodeLine(errorBody(error, requestId)),
}

// A text: clients print an object as "[object Object]".
function errorBody(error: SluiceError, requestId?: string): string {
  return JSON.stringify({ error: `${error.code}: ${wholeMessage(error, requestId)}` })
}
