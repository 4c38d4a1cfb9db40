// Errors as Anthropic's clients read them.
// https://docs.anthropic.com/en/api/errors
import type { SluiceError } from '../../base/errors.ts'
import { wholeMessage } from '../bodies.ts'

export function errorBody(error: SluiceError, requestId: string | undefined): string {
  return JSON.stringify({
    type: 'error',
    error: { type: typeOf(error.status), message: `${error.code}: ${wholeMessage(error, requestId)}` },
    ...(requestId !== undefined && { request_id: requestId }),
  })
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    case 503:
      return 'overloaded_error'
    default:
      return status < 500 ? 'invalid_request_error' : 'api_error'
  }
}
