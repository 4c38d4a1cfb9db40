// What a request brings to be known by: its bearer token (RFC 6750 §2.1) and where it comes from.
import type { IncomingMessage } from 'node:http'

/** The bearer token, or an empty string. */
export function bearerOf(request: IncomingMessage): string {
  const [scheme = '', token = '', ...rest] = (request.headers.authorization ?? '').split(' ')
  return scheme.toLowerCase() === 'bearer' && rest.length === 0 ? token : ''
}

/** The caller's address; behind a proxy the last one that it forwards for, since callers can write those before. */
export function addressOfCaller(request: IncomingMessage, behindProxy: boolean): string {
  const direct = request.socket.remoteAddress ?? ''
  if (!behindProxy) return direct
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)?.trim()
  return forwarded || direct
}
