// Errors as OpenAI's clients read them: an object with message, type, param and code.
import type { SluiceError } from '../../base/errors.ts'
import { wholeMessage } from '../bodies.ts'

export function errorBody(error: SluiceError, requestId: string | undefined): object {
  return {
    error: {
      message: wholeMessage(error, requestId),
      type: typeOf(error.status),
      param: null,
      code: error.code,
    },
  }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
