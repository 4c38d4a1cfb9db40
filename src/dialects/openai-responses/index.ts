// The dialect of OpenAI's Responses API: /v1/responses. Nothing is kept, so nothing can be fetched later.
// https://platform.openai.com/docs/api-reference/responses
import type { SluiceError } from '../../base/errors.ts'
import { wholeMessage } from '../bodies.ts'
import type { Dialect, Operation } from '../dialect.ts'
import { errorBody } from '../openai-chat/errors.ts'
import { encodeSse, sse } from '../sse.ts'
import { createEventReader, readReply } from './reply.ts'
import { readRequest } from './request.ts'

const responses: Operation = {
  name: 'responses',
  upstreamPath: '/responses',
  readRequest,
  readReply,
  events: createEventReader,
}

export const openaiResponses: Dialect = {
  name: 'openai-responses',
  paths: /^(?:\/v1)?\/responses(?:\/|$)/,
  route: (method, path) =>
    method === 'POST' && /^(?:\/v1)?\/responses$/.test(path)
      ? { kind: 'operation', operation: responses }
      : undefined,
  framing: sse(true),
  headers: {},
  error: (error, requestId) => JSON.stringify(errorBody(error, requestId)),
  streamError,
}

/** SDKs take the first event for the end; agents that pass over it read the second, and try again only where it says so. */
function streamError(error: SluiceError, requestId: string): Buffer {
  const message = `${error.code}: ${wholeMessage(error, requestId)}`
  const again = error.status >= 500 && error.code !== 'ERR_NOT_INSPECTABLE'
  const failed = {
    type: 'response.failed',
    sequence_number: 0,
    response: {
      id: requestId,
      object: 'response',
      status: 'failed',
      error: { code: again ? 'server_error' : 'invalid_prompt', message },
      output: [],
    },
  }
  return Buffer.concat([
    encodeSse(
      JSON.stringify({ type: 'error', sequence_number: 0, code: error.code, message, param: null }),
      'error',
    ),
    encodeSse(JSON.stringify(failed), 'response.failed'),
  ])
}
