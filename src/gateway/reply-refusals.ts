// What a reply is turned away for, once its head was as it should be.
import { SluiceError } from '../base/errors.ts'
import type { DialectError } from '../dialects/dialect.ts'
import type { FramingError } from '../dialects/sse.ts'

/** The reply holds what policy can't let through, and can't mask. */
export function notInspectable(message: string): SluiceError {
  return new SluiceError('ERR_NOT_INSPECTABLE', message, { status: 502 })
}

export function notPromised(cause: DialectError | FramingError): SluiceError {
  return new SluiceError(
    'ERR_UPSTREAM_INVALID',
    `The model server's reply is not what its API promises: ${cause.message}.`,
    { cause },
  )
}
