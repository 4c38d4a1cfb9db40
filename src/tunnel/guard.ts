// Who may use the listener: programs of this machine, and no web page but its own (DNS rebinding, cross-site requests).
import type { IncomingMessage } from 'node:http'
import { SluiceError } from '../base/errors.ts'

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

/** Why the request is refused (ERR_ORIGIN_REFUSED, ERR_REQUEST_INVALID), or undefined where it may pass. */
export function refusalOf(request: IncomingMessage): SluiceError | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers
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

function shown(value: string | undefined): string {
  return value === undefined || value === '' ? 'unknown' : JSON.stringify(value.slice(0, 100))
}
