// The HTTP edge: one port, its routes, and how it stops.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions as HttpOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Server as NetServer, type AddressInfo } from 'node:net'
import { asSluiceError, SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { Dialect, Discovery, Operation } from '../dialects/dialect.ts'
import { answerBrokenWire } from './broken-wire.ts'
import { Connections } from './connections.ts'
import { abortWhenCallerFails, Exchange } from './exchange.ts'
import { readBody } from './body.ts'
import { concludeFailure, refuseHead, whereOf } from './failure.ts'
import { usableModels } from './facts.ts'
import { flawOf } from './head.ts'
import { type Address, listenAt } from './listen.ts'
import type { GatewayParts, Limits } from './parts.ts'
import { pathOf, type Call } from './call.ts'
import { textOf } from './inline-documents.ts'
import { answerChat } from './pipeline.ts'
import type { CertificateSource } from './certificate.ts'

/** Answers requests that it owns and says whether it did. */
export type Mount = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<boolean>

export interface ServerOptions extends Address {
  readonly certificate?: CertificateSource | undefined
  /** Tried in order for paths that no dialect owns. */
  readonly mounts: readonly Mount[]
  readonly dialects: readonly Dialect[]
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
// For replies that were ended to reach their callers.
const LAST_WORDS_MS = 5_000

export async function startServer(parts: GatewayParts, options: ServerOptions): Promise<GatewayServer> {
  const live = new Map<IncomingMessage, Exchange>()
  const unsent = new Set<ServerResponse>()
  let stopping = false
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = newId('req')
    response.setHeader('sluice-request-id', requestId)
    if (stopping) response.setHeader('connection', 'close')
    unsent.add(response)
    response.once('close', () => {
      unsent.delete(response)
      if (stopping) request.socket.end()
    })
    void route(parts, options, request, response, requestId, live, stopping).catch((thrown: unknown) => {
      parts.logger.error({ requestId, code: asSluiceError(thrown).code }, 'request failed')
      if (!response.headersSent) sendPlain(response, 500, 'internal error')
      else response.destroy()
    })
  }
  const opened = Promise.withResolvers<void>()
  let open = false
  const connections = new Connections(parts.limits.connections, parts.metrics)
  const admit: RequestListener = (request, response) =>
    connections.take(request, response, () => {
      if (open) answer(request, response)
      else void opened.promise.then(() => response.destroyed || answer(request, response))
    })
  const bounds = boundsOf(parts.limits)
  const server = options.certificate
    ? tlsServer(parts, options.certificate, bounds, admit)
    : createServer(bounds, admit)
  server.maxHeadersCount = 0
  server.on('checkExpectation', admit)
  connections.watch(server)
  answerBrokenWire(server, connections, parts, {
    dialect: options.dialects[0] as Dialect,
    exchangeOf: (request) => live.get(request),
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
    for (const exchange of live.values()) exchange.credentialEnded(id)
  })
  open = true
  opened.resolve()
  return {
    port: (server.address() as AddressInfo).port,
    async stop(drainMs) {
      stopping = true
      stopFollowing()
      options.certificate?.close()
      // Not HTTP's own close, which destroys a connection whose reply has ended but is still being sent.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
      await settled(unsent, drainMs)
      for (const exchange of live.values()) exchange.abort('shutdown')
      await settled(unsent, LAST_WORDS_MS)
      connections.destroy()
      await closed
    },
  }
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

function tlsServer(
  parts: GatewayParts,
  certificate: CertificateSource,
  bounds: HttpOptions,
  answer: RequestListener,
): Server {
  const options = { ...bounds, ...certificate.current(), handshakeTimeout: HEAD_MS }
  const server = createTlsServer(options, answer)
  certificate.onChange((pair) => {
    server.setSecureContext(pair)
    parts.logger.info('certificate reloaded')
  })
  return server
}

async function route(
  parts: GatewayParts,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  live: Map<IncomingMessage, Exchange>,
  stopping: boolean,
): Promise<void> {
  const path = pathOf(request)
  const flaw = flawOf(request)
  if (flaw) {
    parts.metrics.refused(flaw.code)
    parts.logger.info({ requestId, status: flaw.status, code: flaw.code }, 'request')
    return refuseHead({ dialect: spokenAt(options.dialects, path), request, response }, flaw, requestId)
  }
  for (const dialect of options.dialects) {
    const route = dialect.route(request.method ?? '', path)
    if (route?.kind === 'discovery')
      return answerDiscovery(parts, dialect, route.discovery, request, response, requestId)
    if (route)
      return answerInference(parts, dialect, route.operation, request, response, requestId, live, stopping)
  }
  if (path === '/healthz') return sendPlain(response, 200, 'ok')
  if (path === '/readyz') {
    const ready = parts.ledger.writable && !stopping
    return sendPlain(
      response,
      ready ? 200 : 503,
      ready ? 'ready' : stopping ? 'stopping' : 'the ledger is not writable',
    )
  }
  if (path === '/metrics') {
    response.setHeader('content-type', parts.metrics.contentType)
    response.end(await parts.metrics.text())
    return
  }
  for (const mount of options.mounts) if (await mount(request, response, requestId)) return
  const error = new SluiceError('ERR_NOT_FOUND', `The gateway has no ${request.method} ${safePath(path)}.`)
  response.statusCode = 404
  response.setHeader('content-type', 'application/json')
  response.setHeader('x-should-retry', 'false')
  response.end(spokenAt(options.dialects, path).error(error, requestId))
  request.resume()
}

/** The dialect in which errors are told at a path. */
function spokenAt(dialects: readonly Dialect[], path: string): Dialect {
  return dialects.find(({ paths }) => paths.test(path)) ?? (dialects[0] as Dialect)
}

async function answerInference(
  parts: GatewayParts,
  dialect: Dialect,
  operation: Operation,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  live: Map<IncomingMessage, Exchange>,
  stopping: boolean,
): Promise<void> {
  const exchange = new Exchange(parts)
  const call: Call = { dialect, operation, request, response, exchange }
  live.set(request, exchange)
  parts.metrics.exchangesOpen(1)
  abortWhenCallerFails(exchange, response, parts.limits.receiveMs)
  let error: SluiceError | undefined
  try {
    if (stopping) throw new SluiceError('ERR_GATEWAY_STOPPING', 'The gateway is stopping.')
    await answerChat(parts, call)
  } catch (thrown) {
    error = await concludeFailure(parts, call, requestId, thrown)
    if (error.code === 'ERR_INTERNAL' || error.code === 'ERR_MASKING_FAILED')
      parts.logger.error({ requestId, code: error.code, where: whereOf(error.cause) }, 'exchange failed')
  } finally {
    live.delete(request)
    exchange.over()
    parts.metrics.exchangesOpen(-1)
  }
  parts.logger.info(
    {
      requestId,
      exchange: exchange.id,
      operation: operation.name,
      model: exchange.model,
      status: response.statusCode,
      code: error?.code,
      ms: parts.clock.now() - exchange.startedAt,
    },
    'request',
  )
}

async function answerDiscovery(
  parts: GatewayParts,
  dialect: Dialect,
  discovery: Discovery,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  response.setHeader('content-type', 'application/json')
  try {
    const names = discovery.open ? [] : usableModels(parts, await parts.authenticate(request))
    const body = request.method === 'POST' ? textOf(await readBody(request, { limit: LARGEST_QUESTION })) : ''
    response.end(
      discovery.answer(
        names.map((name) => ({
          name,
          dialects: parts.models.get(name)?.dialects.map((spoken) => spoken.name) ?? [],
        })),
        body,
      ),
    )
  } catch (thrown) {
    const error = asSluiceError(thrown)
    parts.metrics.refused(error.code)
    response.statusCode = error.status
    response.end(dialect.error(error, requestId))
    request.resume()
  }
}

const LARGEST_QUESTION = 65_536

function safePath(path: string): string {
  return path.length <= 80 && /^[\w/.~-]*$/.test(path) ? path : 'such path'
}

function sendPlain(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`${text}\n`)
}

/** Resolves when the set is empty, or after `ms`. */
async function settled(set: ReadonlySet<unknown>, ms: number): Promise<void> {
  const deadline = Date.now() + ms
  while (set.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
}
