// JSON bodies as dialects take them: what is wrong with one is told in the words of who sent it.
import { SluiceError } from '../base/errors.ts'
import { DialectError } from './dialect.ts'
import { JsonError, readJson, type JsonNode, type JsonObject } from './json.ts'

/** A request's JSON object. Throws ERR_REQUEST_INVALID; the message names the offset, never the text. */
export function requestObject(body: string): JsonObject {
  try {
    const root = readJson(body)
    if (root.kind !== 'object') throw new JsonError('the body must be a JSON object')
    return root
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause
    throw new SluiceError(
      'ERR_REQUEST_INVALID',
      `The request body is not JSON that sluice accepts: ${cause.message}.`,
      { nextSteps: ['Send one JSON object (RFC 8259), with no key twice.'] },
    )
  }
}

/** The JSON of a reply, or of one event of it. Throws DialectError. */
export function replyJson(text: string, mostValues?: number): JsonNode {
  try {
    return readJson(text, mostValues)
  } catch (cause) {
    if (cause instanceof JsonError) throw new DialectError('malformed JSON', { cause })
    throw cause
  }
}

/** More values than any event holds that a model server sends. */
export const MOST_VALUES_OF_EVENT = 8192

/** A request that the API itself would refuse. */
export function invalid(message: string): SluiceError {
  return new SluiceError('ERR_REQUEST_INVALID', message)
}

/** The model server's own error in mid-stream, whose words are withheld. */
export function failedInMidstream(): SluiceError {
  return new SluiceError(
    'ERR_UPSTREAM_FAILED',
    'The model server reported an error in the middle of its reply; its message is withheld, since it may quote the request.',
  )
}

/** The same where it says so in place of a reply, with a status that says otherwise. */
export function failedWhole(): SluiceError {
  return new SluiceError(
    'ERR_UPSTREAM_FAILED',
    'The model server reported an error in place of a reply; its message is withheld, since it may quote the request.',
  )
}

/** An error's message for tools that show nothing else: what to do next, and the request's id if it has one, are part of it. */
export function wholeMessage(error: SluiceError, requestId: string | undefined): string {
  return [error.message, ...error.nextSteps, ...(requestId === undefined ? [] : [`(${requestId})`])].join(' ')
}
