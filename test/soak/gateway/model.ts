// A model server that does what it is told to in a request's `user`, well or badly.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { completion, DONE, event } from '../../support/scripted-upstream.ts'

const TEXT = 'Write to grace.hopper@example.com, who paid with 4111 1111 1111 1111, or call +1 212-555-0142. '
const WORDS = TEXT.match(/\S+\s/g) as string[]
const PACE_MS = 4
const SSE = { 'content-type': 'text/event-stream' }

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  whole: (response) => json(response, 200, completion(TEXT)),
  paced: (response) => send(response, 40, 1),
  burst: (response) => send(response, 6_000, 200),
  // Never anything: callers leave.
  silent: () => undefined,
  begun: (response) => void response.writeHead(200, SSE).write(event('Hello ')),
  error: (response) => json(response, 500, '{"error":{"message":"broken"}}'),
  busy: (response) => json(response, 429, '{"error":{"message":"busy"}}'),
  page: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'),
  elsewhere: (response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
  malformed: (response) => json(response, 200, '{"choices":'),
  reset: (response) => void response.socket?.resetAndDestroy(),
  'half an event': (response) => {
    response.writeHead(200, SSE).write(event('Hello ') + event('again').slice(0, 30))
    setTimeout(() => response.destroy(), 10)
  },
  garbage: (response) => void response.writeHead(200, SSE).end(`${event('Hello ')}data: no JSON\n\n`),
}

export const FAULTS = [
  'error',
  'busy',
  'page',
  'elsewhere',
  'malformed',
  'reset',
  'half an event',
  'garbage',
] as const

export async function startModel(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { user } = JSON.parse(Buffer.concat(chunks).toString()) as { user: string }
      const answer = ANSWERS[user]
      if (answer) answer(response)
      else json(response, 404, '{}')
    })
  })
  // Connections that the gateway keeps are closed soon, so that what is open at rest is what was left behind.
  server.keepAliveTimeout = 2_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

/** Streams events, some at a time, and no faster than they are read. */
function send(response: ServerResponse, events: number, atATime: number): void {
  response.writeHead(200, SSE)
  let sent = 0
  const goOn = (): void => {
    if (response.destroyed) return
    let block = ''
    for (let i = 0; i < atATime && sent < events; i++) block += event(WORDS[sent++ % WORDS.length] as string)
    if (sent === events) return void response.end(block + event('', 'stop') + DONE)
    if (response.write(block)) setTimeout(goOn, atATime > 1 ? 0 : PACE_MS)
    else response.once('drain', goOn)
  }
  goOn()
}
