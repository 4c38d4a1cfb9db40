// What became of a request that got no whole reply, in the registry's words. Causes are kept, never quoted.
import { SluiceError } from '../../base/errors.ts'

// TLS that did not come about: OpenSSL's verdicts on a certificate, and Node's own.
const NO_TLS =
  /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|HOSTNAME_MISMATCH$)/
const TELL_OPERATOR = "If it stays so, tell the gateway's operator."

/** No connection came about, so nothing was sent. */
export function unconnected(cause: unknown): SluiceError {
  const code = codeOf(cause)
  if (NO_TLS.test(code)) {
    return new SluiceError(
      'ERR_UPSTREAM_UNREACHABLE',
      `The model server's certificate is not trusted, or its TLS does not fit (${code}).`,
      {
        nextSteps: ["Tell the gateway's operator: NODE_EXTRA_CA_CERTS names further authorities to trust."],
        cause,
      },
    )
  }
  return new SluiceError(
    'ERR_UPSTREAM_UNREACHABLE',
    `The model server can't be reached (${code || 'the connection failed'}).`,
    { nextSteps: [`Nothing was sent: try again. ${TELL_OPERATOR}`], cause },
  )
}

/** There was no head of a reply, though the request may have arrived. */
export function unanswered(cause: unknown): SluiceError {
  // Before the head, lengths that don't fit are lengths that contradict each other.
  if (isNotHttp(cause) || codeOf(cause) === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new SluiceError('ERR_UPSTREAM_INVALID', 'What the model server answered is not HTTP.', {
      nextSteps: ["Tell the gateway's operator: does the model's upstream URL fit?"],
      cause,
    })
  }
  if (codeOf(cause) === 'UND_ERR_HEADERS_OVERFLOW') {
    return new SluiceError('ERR_UPSTREAM_INVALID', "The head of the model server's reply is too large.", {
      nextSteps: ["Tell the gateway's operator."],
      cause,
    })
  }
  return new SluiceError(
    'ERR_UPSTREAM_FAILED',
    'The model server closed the connection before it answered.',
    { nextSteps: [`It may have begun, so the request was not sent again. ${TELL_OPERATOR}`], cause },
  )
}

/** The reply had begun. */
export function brokenOff(cause: unknown): SluiceError {
  if (isNotHttp(cause)) {
    return new SluiceError(
      'ERR_UPSTREAM_INVALID',
      'What the model server sent in the middle of its reply is not HTTP.',
      { nextSteps: [TELL_OPERATOR], cause },
    )
  }
  return new SluiceError('ERR_UPSTREAM_FAILED', 'The model server broke off in the middle of its reply.', {
    nextSteps: [`Ask again. ${TELL_OPERATOR}`],
    cause,
  })
}

/** It sent one informational reply (1xx) after another. */
export function onlyInformed(): SluiceError {
  return new SluiceError(
    'ERR_UPSTREAM_INVALID',
    'The model server sends informational replies (HTTP 1xx) without end.',
    { nextSteps: ["Tell the gateway's operator."] },
  )
}

function isNotHttp(cause: unknown): boolean {
  const { name, message } = cause as Error
  // The client's own words for a 100 and a 101 that nobody asked for.
  return name === 'HTTPParserError' || message === 'bad response' || message === 'bad upgrade'
}

export function codeOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}
