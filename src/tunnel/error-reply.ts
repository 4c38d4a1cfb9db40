// The tunnel's own refusals, in the dialect of the path that was asked for: most tools show nothing but the message.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SluiceError } from '../base/errors.ts'
import { ollama } from '../dialects/ollama/index.ts'
import { spokenAt } from './apis.ts'

/** Ends the response with the error, where none has begun. `again`: whether clients may try again by themselves. */
export function replyWithError(
  response: ServerResponse<IncomingMessage>,
  error: SluiceError,
  { again = error.status >= 500 }: { again?: boolean } = {},
): void {
  if (response.headersSent || response.destroyed) return
  const dialect = spokenAt(response.req.url?.split('?', 1)[0] ?? '')
  const body = dialect.error(error)
  // Ollama's CLI takes a 401 for a sign-in that it lacks at ollama.com, and shows that in place of the message.
  const status = dialect === ollama && error.status === 401 ? 403 : error.status
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(!again && { 'x-should-retry': 'false' }),
  })
  response.end(body)
}
