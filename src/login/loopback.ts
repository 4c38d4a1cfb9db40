// The listener that a browser comes back to: RFC 8252 §7.3, on 127.0.0.1 and any free port.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SluiceError } from '../base/errors.ts'

export interface Loopback {
  readonly redirectUri: string
  /** The first answer that carries `state`; others are turned away. Rejects with ERR_SIGN_IN_EXPIRED on the signal. */
  answer(state: string, signal: AbortSignal): Promise<LoopbackAnswer>
  close(): void
}

export interface LoopbackAnswer {
  readonly url: URL
  /** Sends the waiting browser on. Resolves when it is on its way. */
  sendTo(location: string): Promise<void>
}

export async function listenOnLoopback(): Promise<Loopback> {
  const server = createServer({ keepAlive: false })
  const port = await new Promise<number>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => listening((server.address() as AddressInfo).port))
  })
  const origin = `http://127.0.0.1:${port}`

  return {
    redirectUri: `${origin}/callback`,
    answer: (state, signal) =>
      new Promise((arrived, gaveUp) => {
        let taken = false
        const onAbort = (): void => {
          const why = 'Nobody finished the sign-in in the browser in time.'
          gaveUp(
            new SluiceError('ERR_SIGN_IN_EXPIRED', why, {
              nextSteps: ['sluice login'],
              cause: signal.reason,
            }),
          )
        }
        signal.addEventListener('abort', onAbort, { once: true })
        server.on('request', (request, response) => {
          const url = isFor(request, port) ? URL.parse(request.url ?? '/', origin) : null
          const awaited =
            url?.origin === origin && url.pathname === '/callback' && url.searchParams.get('state') === state
          if (!awaited || taken) return turnAway(response)
          taken = true
          signal.removeEventListener('abort', onAbort)
          arrived({ url, sendTo: (location) => redirect(response, location) })
        })
      }),
    close() {
      server.close()
      server.closeIdleConnections()
      // Browsers also open connections that they may never use; those must not keep the command alive.
      setTimeout(() => server.closeAllConnections(), 500).unref()
    },
  }
}

// A page that made its own name point here is not the browser that is waited for.
function isFor(request: IncomingMessage, port: number): boolean {
  return request.method === 'GET' && request.headers.host === `127.0.0.1:${port}`
}

function turnAway(response: ServerResponse): void {
  response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end('This is not the answer that sluice login waits for.\n')
}

function redirect(response: ServerResponse, location: string): Promise<void> {
  return new Promise((sent) => {
    response.on('close', sent)
    response.writeHead(303, { location, 'cache-control': 'no-store', connection: 'close' }).end(() => sent())
  })
}
