// What a caller is told when the model server answers something else than a reply. Its own words are withheld: error
// bodies of model servers quote prompts.
import { SluiceError } from '../base/errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Call } from './call.ts'
import type { UpstreamReply } from './upstream.ts'

const TELL_OPERATOR = ["Tell the gateway's operator."]

/**
 * Throws unless the reply is a success of a type and coding that the dialect can read; then the body is discarded.
 * When a busy model server wants to be asked again goes on to the caller.
 */
export function checkReply(reply: UpstreamReply, { dialect, response }: Call, streamed: boolean): void {
  const error = fault(reply, dialect, streamed)
  if (!error) return
  reply.discard()
  const wait = error.code === 'ERR_UPSTREAM_BUSY' && retryAfter(reply.retryAfter)
  if (wait) response.setHeader('retry-after', wait)
  throw error
}

/** The header's value (RFC 9110 §10.2.3) if it is one: seconds or a date, in our own spelling. */
function retryAfter(value: string | undefined): string | undefined {
  if (value === undefined || /^\d{1,6}$/.test(value)) return value
  const time = /^[A-Z][a-z]{2,8},? [\w :-]{10,30} GMT$/.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(time) ? undefined : new Date(time).toUTCString()
}

function fault(reply: UpstreamReply, dialect: Dialect, streamed: boolean): SluiceError | undefined {
  const { status } = reply
  if (status !== 200) return faultOfStatus(status)
  if (reply.contentEncoding !== '') {
    return new SluiceError(
      'ERR_UPSTREAM_INVALID',
      'The model server compressed its reply, though it was asked not to.',
      { nextSteps: TELL_OPERATOR },
    )
  }
  const expected = streamed ? dialect.framing.type : 'application/json'
  if (reply.contentType === expected) return undefined
  if (dialect.framing.mayBeWhole && reply.contentType === 'application/json') return undefined
  if (reply.contentType === 'application/json') {
    // Clients that wait for events would see an empty stream.
    return new SluiceError(
      'ERR_UPSTREAM_INVALID',
      'The model server does not stream: its reply came whole.',
      { nextSteps: ['Ask without "stream".'] },
    )
  }
  return new SluiceError(
    'ERR_UPSTREAM_INVALID',
    'The model server answered with a content type that is no reply of this API.',
    { nextSteps: ["Tell the gateway's operator: do the model's upstream URL and dialect fit?"] },
  )
}

function faultOfStatus(status: number): SluiceError {
  if (status === 401 || status === 403) {
    return new SluiceError(
      'ERR_UPSTREAM_FAILED',
      `The model server refused the gateway's own credentials (HTTP ${status}).`,
      { nextSteps: TELL_OPERATOR },
    )
  }
  if (status === 429 || status === 503) {
    return new SluiceError('ERR_UPSTREAM_BUSY', `The model server is busy (HTTP ${status}).`, {
      status,
      nextSteps: ['Try again in a moment.'],
    })
  }
  if (status === 400 || status === 413 || status === 422) {
    return new SluiceError(
      'ERR_UPSTREAM_REFUSED',
      `The model server refused the request (HTTP ${status}); its message is withheld, since it may quote the request.`,
      { nextSteps: ['Is it too long for the model, or does it set what the model does not know?'] },
    )
  }
  return new SluiceError('ERR_UPSTREAM_FAILED', `The model server answered HTTP ${status}.`, {
    nextSteps: TELL_OPERATOR,
  })
}
