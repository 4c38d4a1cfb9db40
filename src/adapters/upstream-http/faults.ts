// What became of a request that got no whole reply, in the registry's words. Causes are kept, never quoted.
import { SluiceError } from '../../base/errors.ts'

// Errors that come before the request has left: another attempt costs nothing twice.
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EPROTO',
  'UND_ERR_CONNECT_TIMEOUT',
])
// TLS that did not come about: OpenSSL's verdicts on a certificate, and Node's own.
const NO_TLS =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|HOSTNAME_MISMATCH$)/

/** There was no head of a reply. */
export function unanswered(cause: unknown): SluiceError {
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
  if (NOT_SENT.has(code)) {
    return new SluiceError('ERR_UPSTREAM_UNREACHABLE', `The model server can't be reached (${code}).`, {
      cause,
    })
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return new SluiceError('ERR_UPSTREAM_FAILED', 'The model server did not answer in time.', { cause })
  }
  if ((cause as Error).name === 'HTTPParserError') {
    return new SluiceError('ERR_UPSTREAM_INVALID', 'What the model server answered is not HTTP.', { cause })
  }
  return new SluiceError(
    'ERR_UPSTREAM_FAILED',
    'The model server closed the connection before it answered.',
    { cause },
  )
}

/** The reply had begun. */
export function brokenOff(cause: unknown): SluiceError {
  const message =
    codeOf(cause) === 'UND_ERR_BODY_TIMEOUT'
      ? 'The model server fell silent in the middle of its reply.'
      : 'The model server broke off in the middle of its reply.'
  return new SluiceError('ERR_UPSTREAM_FAILED', message, { cause })
}

function codeOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}
