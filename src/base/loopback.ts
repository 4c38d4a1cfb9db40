// This machine alone: its own names, and requests that did not come by way of another.

/** Whether a URL's hostname, or a host to listen on, is this machine's own. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '::1' ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}

/** Whether a request's headers (names in lower case) say that it was forwarded. */
export function isForwarded(headers: object): boolean {
  return Object.keys(headers).some((name) => name === 'forwarded' || name.startsWith('x-forwarded-'))
}
