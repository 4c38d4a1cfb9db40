// The tunnel's own refusals, in the shape that OpenAI's clients read: most tools show nothing but the message.
import type { ServerResponse } from 'node:http'
import type { SluiceError } from '../base/errors.ts'

/** Ends the response with the error, where none has begun. `again`: whether clients may try again by themselves. */
export function replyWithError(
  response: ServerResponse,
  error: SluiceError,
  { again = error.status >= 500 }: { again?: boolean } = {},
): void {
  if (response.headersSent || response.destroyed) return
  const message = [error.message, ...error.nextSteps].join(' ')
  const body = JSON.stringify({
    error: { message, type: typeOf(error.status), param: null, code: error.code },
  })
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(!again && { 'x-should-retry': 'false' }),
  })
  response.end(body)
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
