// What a request's head may not be though the parser takes it: HTTP forbids it (RFC 9112), or two readers read it differently.
import type { IncomingMessage } from 'node:http'
import { SluiceError } from '../base/errors.ts'

// Of these a second one would be dropped unseen, where a proxy before us may have read that one.
const SINGLE = new Set(['host', 'authorization', 'content-type', 'content-encoding', 'expect'])
const HEADERS_AT_MOST = 200

/** What is wrong with it; undefined for a head that everyone reads alike. */
export function flawOf(request: IncomingMessage): SluiceError | undefined {
  const { headers, httpVersion, rawHeaders, url = '' } = request
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return flaw('The gateway speaks HTTP/1.1 and 1.0 only.', 'Set the client to HTTP/1.1.', 505)
  }
  if (!url.startsWith('/')) {
    return flaw('The request target must be a path.', 'Send it to the gateway itself, not as to a proxy.')
  }
  if (rawHeaders.length > 2 * HEADERS_AT_MOST) {
    return new SluiceError('ERR_REQUEST_TOO_LARGE', `The request has more than ${HEADERS_AT_MOST} headers.`, {
      status: 431,
      nextSteps: ['Send fewer headers.'],
    })
  }
  const twice = repeated(rawHeaders)
  if (twice !== undefined) return flaw(`The header ${twice} comes more than once.`, `Send one ${twice}.`)
  if (headers.host === undefined && httpVersion === '1.1') {
    return flaw('The header host is missing.', 'Send it, as HTTP/1.1 wants it.')
  }
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return flaw(
      'The gateway meets no other expectation than 100-continue.',
      'Leave out the header expect.',
      417,
    )
  }
  const coding = headers['transfer-encoding']
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0')) {
    return flaw(
      'The transfer encoding must be chunked, in HTTP/1.1.',
      'Send the body with a content-length, or chunked.',
    )
  }
  return undefined
}

function repeated(rawHeaders: readonly string[]): string | undefined {
  const seen: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    if (!SINGLE.has(name)) continue
    if (seen.includes(name)) return name
    seen.push(name)
  }
  return undefined
}

function flaw(message: string, next: string, status = 400): SluiceError {
  return new SluiceError('ERR_REQUEST_INVALID', message, { status, nextSteps: [next] })
}
