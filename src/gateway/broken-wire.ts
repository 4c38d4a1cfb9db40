// Bytes that are no HTTP request, or none in time: told in JSON where nothing else is being said on the connection.
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Connections } from './connections.ts'
import { tooSlow, type Exchange } from './exchange.ts'
import type { GatewayParts } from './parts.ts'

// For what was said to be read before the connection goes.
const LAST_WORDS_MS = 5_000

interface Told {
  /** How errors are told: whose the bytes were meant to be, nobody knows. */
  readonly dialect: Dialect
  /** The exchange of a request that is being answered. */
  exchangeOf(request: IncomingMessage): Exchange | undefined
}

/** Answers what the server's parser does not take. */
export function answerBrokenWire(
  server: Server,
  connections: Connections,
  { logger, metrics }: GatewayParts,
  { dialect, exchangeOf }: Told,
): void {
  const tell = (socket: Socket, error: SluiceError): void => {
    const requestId = newId('req')
    metrics.refused(error.code)
    logger.info({ requestId, status: error.status, code: error.code }, 'request')
    if (!socket.writable) return void socket.destroy()
    socket.end(reply(dialect.error(error, requestId), error.status, requestId))
    const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS)
    socket.once('close', () => clearTimeout(timer))
  }
  server.on('clientError', (cause: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket
    if (socket.destroyed || cause.code === 'ECONNRESET') return void socket.destroy()
    const error = errorOf(cause)
    const turn = connections.turn(socket)
    // What breaks after a whole request is another one: it is told when its turn comes.
    if (!turn || turn.request.complete) return connections.whenDone(socket, () => tell(socket, error))
    const exchange = exchangeOf(turn.request)
    if (exchange) exchange.abort(error)
    else if (!turn.response.headersSent) tell(socket, error)
    // It was refused already, and waits for the rest of a body of which nothing more can come.
    else if (socket.readableEnded) turn.response.end()
  })
  server.on('connect', (_: IncomingMessage, socket) => {
    const error = new SluiceError('ERR_REQUEST_INVALID', 'The gateway is no proxy: it has no CONNECT.', {
      nextSteps: ['Set its address as base URL, not as proxy.'],
    })
    connections.whenDone(socket as Socket, () => tell(socket as Socket, error))
  })
}

function reply(body: string, status: number, requestId: string): string {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    'cache-control: no-store',
    ...(status === 408 ? [] : ['x-should-retry: false']),
    `sluice-request-id: ${requestId}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

function errorOf(cause: NodeJS.ErrnoException): SluiceError {
  switch (cause.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return tooSlow()
    case 'HPE_HEADER_OVERFLOW':
      return new SluiceError(
        'ERR_REQUEST_TOO_LARGE',
        'The request line and headers are larger than 16 KiB.',
        {
          status: 431,
          nextSteps: ['Send shorter headers, or a shorter path.'],
          cause,
        },
      )
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new SluiceError('ERR_REQUEST_TOO_LARGE', 'The extensions of a chunk are larger than 16 KiB.', {
        nextSteps: ['Send chunks without extensions.'],
        cause,
      })
    case 'HPE_INVALID_EOF_STATE':
      return new SluiceError('ERR_REQUEST_INVALID', 'The request ended early.', {
        nextSteps: ['Send as much as content-length or the last chunk says.'],
        cause,
      })
    case 'HPE_PAUSED_H2_UPGRADE':
      return new SluiceError('ERR_REQUEST_INVALID', 'The gateway speaks HTTP/1.1 and 1.0 only.', {
        status: 505,
        nextSteps: ['Set the client to HTTP/1.1.'],
        cause,
      })
    default:
      // The parser's names for what it met, such as INVALID_CONTENT_LENGTH, quote nothing.
      return new SluiceError(
        'ERR_REQUEST_INVALID',
        `What came is not an HTTP request as RFC 9112 has it (${named(cause.code)}).`,
        { nextSteps: ['Look at what the client sends, or at a proxy between.'], cause },
      )
  }
}

function named(code: string | undefined): string {
  return /^HPE_\w{1,40}$/.test(code ?? '') ? (code as string).slice('HPE_'.length) : 'unknown'
}
