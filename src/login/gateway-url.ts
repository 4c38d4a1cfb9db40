// How a gateway is named: by its origin.
import { SluiceError } from '../base/errors.ts'
import { isLoopback } from '../base/loopback.ts'

/**
 * The origin of the gateway that someone typed: `gw.example` → `https://gw.example`, `localhost:8080` →
 * `http://localhost:8080`. Throws ERR_USAGE for what is no origin, and for plain http beyond loopback.
 */
export function gatewayUrl(typed: string): string {
  const text = typed.trim()
  const url = URL.parse(text.includes('://') ? text : `https://${text}`)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new SluiceError('ERR_USAGE', `"${typed}" is not the address of a gateway.`, {
      nextSteps: ['Give its URL, such as https://gw.example.com.'],
    })
  }
  if (url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new SluiceError('ERR_USAGE', 'A gateway is named by its origin alone, without a path or user.', {
      nextSteps: [`Use ${url.origin}.`],
    })
  }
  if (!text.includes('://') && isLoopback(url.hostname)) url.protocol = 'http:'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new SluiceError(
      'ERR_USAGE',
      `${url.origin} is plain http: anyone on the way could read your tokens.`,
      {
        nextSteps: [`Use https://${url.host}.`],
      },
    )
  }
  return url.origin
}
