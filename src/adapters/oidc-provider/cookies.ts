// Cookies that last for a while, not until a time: a browser whose clock is off would drop them at once (RFC 6265 §5.3).
import type { ServerResponse } from 'node:http'

/** Has every cookie of the response that names its end name its duration too, which browsers go by then. */
export function lastByDuration(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse
  response.writeHead = (...given: unknown[]) => {
    const cookies = response.getHeader('set-cookie')
    if (Array.isArray(cookies)) response.setHeader('set-cookie', cookies.map(withDuration))
    return writeHead(...given)
  }
}

function withDuration(cookie: string): string {
  const ends = Date.parse(/; *expires=([^;]+)/i.exec(cookie)?.[1] ?? '')
  if (Number.isNaN(ends) || /; *max-age=/i.test(cookie)) return cookie
  return `${cookie}; max-age=${Math.max(0, Math.round((ends - Date.now()) / 1000))}`
}
