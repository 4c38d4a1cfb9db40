// The few headers of a caller that a model API needs; no other crosses to the model server.
import type { IncomingMessage } from 'node:http'
import { SluiceError } from '../base/errors.ts'
import type { CallerHeaders, Dialect } from '../dialects/dialect.ts'

/** Those of the request's headers that the dialect sends on. Throws ERR_REQUEST_INVALID where one holds anything else than it may. */
export function headersSentOn({ headers: known }: Dialect, { headers }: IncomingMessage): CallerHeaders {
  const sentOn: Record<string, string> = {}
  for (const [name, allowed] of Object.entries(known)) {
    const value = headers[name]
    if (value === undefined) continue
    if (typeof value !== 'string' || !allowed.test(value)) {
      throw new SluiceError('ERR_REQUEST_INVALID', `The header ${name} holds something else than it may.`)
    }
    sentOn[name] = value
  }
  return sentOn
}
