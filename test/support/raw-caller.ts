// A caller by hand, over bare TCP: sends what a test wants sent, reads when it is told to, and leaves when it likes.
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { TOKEN } from './gateway-parts.ts'

export interface RawCaller {
  readonly socket: Socket
  /** All that came so far. */
  came(): string
  /** Resolves when the gateway has ended the connection, with the code of the error if it was reset. */
  readonly ended: Promise<string | undefined>
}

/** Connects to the gateway and sends `bytes`. With `deaf`, nothing is read until the socket is resumed. */
export async function rawCaller(
  url: string,
  bytes: string | Buffer,
  { deaf = false } = {},
): Promise<RawCaller> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const pieces: Buffer[] = []
  const ended = new Promise<string | undefined>((resolve) => {
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
    socket.on('close', () => resolve(undefined))
  })
  socket.on('data', (piece) => pieces.push(piece))
  if (deaf) socket.pause()
  await once(socket, 'connect')
  socket.write(bytes)
  return { socket, came: () => Buffer.concat(pieces).toString('latin1'), ended }
}

/** The head of a chat request of ours; more header lines may follow. */
export function chatHead(length: number, more: readonly string[] = [], version = '1.1'): string {
  const lines = [
    `POST /v1/chat/completions HTTP/${version}`,
    'host: gateway',
    `authorization: Bearer ${TOKEN}`,
    'content-type: application/json',
    `content-length: ${length}`,
    ...more,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** A whole chat request. */
export function chatRequest(stream: boolean, { version = '1.1', model = 'open' } = {}): string {
  const body = JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hi' }] })
  return chatHead(body.length, [], version) + body
}
