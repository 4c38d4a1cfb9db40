// A model server by hand, over bare TCP: says exactly what a test wants said, and sees when it is hung up on.
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface Asked {
  readonly head: string
  readonly body: string
  /** What is written here is the reply, byte by byte. */
  readonly socket: Socket
  /** Whether the connection has ended, from either side. */
  readonly closed: boolean
}

export interface ScriptedUpstream {
  /** Base URL, such as `http://127.0.0.1:40123/v1`. */
  readonly url: string
  readonly asked: readonly Asked[]
  /** Called with each request, whole. */
  script: (asked: Asked) => void
  /** Called with each new connection, before anything is read of it. */
  greet: (socket: Socket) => void
  /** How many connections there have been. */
  connections(): number
  close(): Promise<void>
}

export async function startScriptedUpstream(
  script: (asked: Asked) => void = () => undefined,
): Promise<ScriptedUpstream> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    let received = Buffer.alloc(0)
    socket.on('error', () => undefined)
    upstream.greet(socket)
    const here: { closed: boolean }[] = []
    const ended = (): void => {
      sockets.delete(socket)
      for (const one of here) one.closed = true
    }
    socket.on('end', ended).on('close', ended)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      for (;;) {
        const end = received.indexOf('\r\n\r\n')
        if (end === -1) return
        const head = received.toString('latin1', 0, end)
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
        if (received.length < end + 4 + length) return
        const body = received.toString('utf8', end + 4, end + 4 + length)
        received = received.subarray(end + 4 + length)
        const one = { head, body, socket, closed: false }
        here.push(one)
        asked.push(one)
        upstream.script(one)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream: ScriptedUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    script,
    greet: () => undefined,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return upstream
}

/** A whole reply. */
export function whole(status: number, type: string, body: string | Buffer, more: string[] = []): Buffer {
  const bytes = Buffer.from(body)
  const lines = [`content-type: ${type}`, `content-length: ${bytes.length}`, ...more]
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join('\r\n')}\r\n\r\n`), bytes])
}

/** A head after which chunks come. */
export function chunkedHead(type = 'text/event-stream'): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`
}

export function chunk(bytes: string | Buffer): Buffer {
  const buffer = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${buffer.length.toString(16)}\r\n`), buffer, Buffer.from('\r\n')])
}

export const LAST_CHUNK = '0\r\n\r\n'
export const DONE = 'data: [DONE]\n\n'

/** An event of a streamed chat. */
export function event(content: string, finish: string | null = null): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: finish }]
  return `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`
}

/** A whole chat completion. */
export function completion(content: string): string {
  const message = { role: 'assistant', content }
  return JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  })
}

/** A whole streamed chat, chunked. */
export function streamed(...contents: string[]): Buffer {
  const events = contents.map((content) => chunk(event(content)))
  const last = [chunk(event('', 'stop')), chunk(DONE), Buffer.from(LAST_CHUNK)]
  return Buffer.concat([Buffer.from(chunkedHead()), ...events, ...last])
}
