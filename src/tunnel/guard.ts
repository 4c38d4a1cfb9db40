// Who may use the listener: programs of this machine, and no web page but its own (DNS rebinding, cross-site requests).
import type { IncomingMessage } from 'node:http'
import { SluiceError } from '../base/errors.ts'

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

// What clients ask for that take the tunnel's address for the base URL.
const WITHOUT_V1 = ['/chat/completions', '/models']

/** Why whoever sent the request is refused (ERR_ORIGIN_REFUSED, ERR_REQUEST_INVALID), or undefined where it may pass. */
export function refusalOf(request: IncomingMessage): SluiceError | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers
  if ((request.headersDistinct['host']?.length ?? 0) > 1)
    return new SluiceError('ERR_REQUEST_INVALID', 'The request names more than one host.')
  if (!LOOPBACK.test(host))
    return new SluiceError(
      'ERR_ORIGIN_REFUSED',
      `The tunnel answers on loopback alone, not as ${shown(host)}.`,
      {
        nextSteps: ['Use the address that sluice connect prints.'],
      },
    )
  const foreign = origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`
  if (foreign || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    return new SluiceError('ERR_ORIGIN_REFUSED', `The tunnel serves no web pages: Origin ${shown(origin)}.`, {
      nextSteps: ['Call it from a program on this machine.'],
    })
  if (!request.url?.startsWith('/'))
    return new SluiceError('ERR_REQUEST_INVALID', 'The request names no path.', {
      nextSteps: ['Use the tunnel as a server, not as a proxy.'],
    })
  return undefined
}

/** ERR_NOT_FOUND where the request asks for what no tunnel serves. */
export function unservedPath({ url = '', headers }: IncomingMessage): SluiceError | undefined {
  if (isServed(url)) return undefined
  return new SluiceError(
    'ERR_NOT_FOUND',
    `The tunnel serves /v1/chat/completions and /v1/models, not ${shown(pathOf(url))}.`,
    { nextSteps: [`Use http://${headers.host}/v1 as the base URL.`] },
  )
}

/** Whether it asks for the tunnel's own front, which says what this is. */
export function isFront({ url, method }: IncomingMessage): boolean {
  return url === '/' && (method === 'GET' || method === 'HEAD')
}

// The session's token is for inference alone: it goes with no other path, whatever someone behind the tunnel may read it as.
function isServed(target: string): boolean {
  const path = pathOf(target)
  if (WITHOUT_V1.includes(path)) return true
  try {
    return path.startsWith('/v1/') && !decodeURIComponent(path).split(/[/\\]/).includes('..')
  } catch {
    return false
  }
}

function pathOf(target: string): string {
  return target.split(/[?#]/, 1)[0] as string
}

function shown(value: string | undefined): string {
  return value === undefined || value === '' ? 'unknown' : JSON.stringify(value.slice(0, 100))
}
