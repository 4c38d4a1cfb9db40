// Who may use the listener: programs of this machine, and no web page but its own (DNS rebinding, cross-site requests).
import type { IncomingMessage } from 'node:http'
import { SluiceError } from '../base/errors.ts'
import { isServed } from './apis.ts'
import { withoutKeys } from './key.ts'

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

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
  const path = pathOf(url)
  // A key that stands where none is looked for would go to the gateway, and into its logs.
  if (isServed(path) && withoutKeys(url) === url) return undefined
  const base = `http://${headers.host}`
  return new SluiceError('ERR_NOT_FOUND', `The tunnel has nothing at ${shown(withoutKeys(path))}.`, {
    nextSteps: [
      `The base URL is ${base}/v1 for clients of OpenAI's API, and ${base} for those of Anthropic's and Ollama's.`,
    ],
  })
}

/** Whether it asks for the tunnel's own front, which says what this is. */
export function isFront({ url, method }: IncomingMessage): boolean {
  return url === '/' && (method === 'GET' || method === 'HEAD')
}

/** A target without its query. */
export function pathOf(target: string): string {
  return target.split(/[?#]/, 1)[0] as string
}

function shown(value: string | undefined): string {
  return value === undefined || value === '' ? 'unknown' : JSON.stringify(value.slice(0, 100))
}
