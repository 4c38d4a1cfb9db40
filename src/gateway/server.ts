// The port: how it is opened, what of HTTP is never waited for, and how it is closed.
import { createServer, type RequestListener, type Server, type ServerOptions as HttpOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Server as NetServer, type AddressInfo } from 'node:net'
import type { Dialect } from '../dialects/dialect.ts'
import { answerBrokenWire } from './broken-wire.ts'
import type { CertificateSource } from './certificate.ts'
import { Connections } from './connections.ts'
import { Edge, type Served } from './edge.ts'
import { type Address, listenAt } from './listen.ts'
import type { GatewayParts, Limits } from './parts.ts'

interface ServerOptions extends Address, Served {
  readonly certificate?: CertificateSource | undefined
  /** Called once the port is ours. Requests are answered from when it resolves; where it rejects, none is. */
  readonly onListening?: () => Promise<unknown>
}

export interface GatewayServer {
  readonly port: number
  /** Stops accepting, lets replies finish for at most `drainMs`, then ends the rest as interrupted. */
  stop(drainMs: number): Promise<void>
}

const KEEP_ALIVE_MS = 120_000
const HEAD_MS = 15_000

export async function startServer(parts: GatewayParts, options: ServerOptions): Promise<GatewayServer> {
  const edge = new Edge(parts, options)
  const opened = Promise.withResolvers<void>()
  let open = false
  const connections = new Connections(parts.limits.connections, parts.metrics)
  const admit: RequestListener = (request, response) =>
    connections.take(request, response, () => {
      if (open) edge.answer(request, response)
      else void opened.promise.then(() => response.destroyed || edge.answer(request, response))
    })
  const server = createHttp(parts, options.certificate, admit)
  server.on('checkExpectation', admit)
  connections.watch(server)
  answerBrokenWire(server, connections, parts, {
    dialect: options.dialects[0] as Dialect,
    exchangeOf: (request) => edge.exchanges.get(request),
  })
  await listenAt(server, options)
  // Such as running out of file descriptors: this connection fails, the gateway goes on.
  server.on('error', ({ code }: NodeJS.ErrnoException) =>
    parts.logger.error({ code }, 'connection not accepted'),
  )
  try {
    await options.onListening?.()
  } catch (thrown) {
    server.close()
    connections.destroy()
    throw thrown
  }
  const stopFollowing = parts.onRevoked((id) => {
    for (const exchange of edge.exchanges.values()) exchange.credentialEnded(id)
  })
  open = true
  opened.resolve()
  return {
    port: (server.address() as AddressInfo).port,
    async stop(drainMs) {
      stopFollowing()
      options.certificate?.close()
      // Not HTTP's own close, which destroys a connection whose reply has ended but is still being sent.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
      await edge.drain(drainMs)
      connections.destroy()
      await closed
    },
  }
}

function createHttp(
  parts: GatewayParts,
  certificate: CertificateSource | undefined,
  admit: RequestListener,
): Server {
  const bounds = boundsOf(parts.limits)
  if (!certificate) return unlimitedHeaders(createServer(bounds, admit))
  const options = { ...bounds, ...certificate.current(), handshakeTimeout: HEAD_MS }
  const server = createTlsServer(options, admit)
  certificate.onChange((pair) => {
    server.setSecureContext(pair)
    parts.logger.info('certificate reloaded')
  })
  return unlimitedHeaders(server)
}

/** What of HTTP is never waited for longer than this, nor read beyond. What else a head must be, head.ts says. */
function boundsOf({ receiveMs }: Limits): HttpOptions {
  return {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: Math.min(HEAD_MS, receiveMs),
    // An exchange bounds its own body; this is for what is none.
    requestTimeout: receiveMs + HEAD_MS,
    connectionsCheckingInterval: Math.max(20, Math.min(2_000, receiveMs / 4)),
    maxHeaderSize: 16_384,
    requireHostHeader: false,
  }
}

// Headers beyond a number would be dropped in silence; maxHeaderSize bounds them, too.
function unlimitedHeaders(server: Server): Server {
  server.maxHeadersCount = 0
  return server
}
