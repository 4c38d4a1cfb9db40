// Which headers cross the tunnel: all but those of the connection (RFC 9110, section 7.6.1) and those that tell who is calling.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

// What the tools of this machine hold instead of a key stays here; a proxy in front of the tunnel is none of the gateway's.
const NOT_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  'host',
  'expect',
  'authorization',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-real-ip',
])

const NOT_DOWNSTREAM = new Set(HOP_BY_HOP)

/** The request's headers for the gateway, as name, value, name, value …, with the session's token. */
export function towardsGateway(rawHeaders: readonly string[], connection = '', token: string): string[] {
  const named = listed(connection)
  const headers = ['authorization', `Bearer ${token}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? ''
    if (NOT_UPSTREAM.has(name) || named.includes(name) || /^(x-forwarded|sec-fetch|sluice)-/.test(name))
      continue
    headers.push(name, rawHeaders[i + 1] ?? '')
  }
  return headers
}

/** The reply's headers for the caller. */
export function towardsCaller(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = listed(headers.connection)
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_DOWNSTREAM.has(name) && !named.includes(name)),
  )
}

function listed(connection = ''): string[] {
  return connection === '' ? [] : connection.toLowerCase().split(/\s*,\s*/)
}
