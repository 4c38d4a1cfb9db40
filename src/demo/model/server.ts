// A demonstration model: a small server that speaks the model APIs, streams as a real one does, and keeps its own log of
// what it received, so that anyone can see what went upstream.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Api } from './api.ts'
import { chat } from './chat.ts'
import { countTokens, messages } from './messages.ts'
import { ollamaChat, ollamaGenerate } from './ollama.ts'
import { composeReply } from './reply.ts'
import { responses } from './responses.ts'

const APIS: ReadonlyMap<string, Api> = new Map(
  [chat, responses, messages, countTokens, ollamaChat, ollamaGenerate].map((api) => [api.path, api]),
)

/** One request as the model server saw it. */
export interface ReceivedRequest {
  readonly at: number
  readonly headers: Readonly<Record<string, string>>
  /** The exact body. */
  readonly body: string
  /** How the answer ended: `aborted` when the gateway closed the connection before the end. */
  ended: 'running' | 'completed' | 'aborted'
  endedAt?: number
  /** Events sent so far. */
  events: number
}

export interface DemonstrationModel {
  /** Base URL, such as `http://127.0.0.1:40123/v1`. */
  readonly url: string
  readonly name: string
  readonly received: readonly ReceivedRequest[]
  close(): Promise<void>
}

export interface DemonstrationModelOptions {
  readonly port?: number
  /** Milliseconds between two tokens. */
  readonly pace?: number
  /** Called with each request as it has arrived. */
  readonly onReceived?: (request: ReceivedRequest) => void
}

const DEMONSTRATION_MODEL = 'demo-model'

export async function startDemonstrationModel(
  options: DemonstrationModelOptions = {},
): Promise<DemonstrationModel> {
  const received: ReceivedRequest[] = []
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request)
    if (request.url === '/v1/models') {
      return sendJson(response, 200, {
        object: 'list',
        data: [{ id: DEMONSTRATION_MODEL, object: 'model', created: 0, owned_by: 'demo' }],
      })
    }
    const api = APIS.get(request.url ?? '')
    if (request.method !== 'POST' || !api) {
      return sendJson(response, 404, { error: { message: `no ${request.url}`, type: 'not_found_error' } })
    }
    const entry: ReceivedRequest = {
      at: Date.now(),
      headers: plainHeaders(request),
      body,
      ended: 'running',
      events: 0,
    }
    received.push(entry)
    options.onReceived?.(entry)
    const end = (how: 'completed' | 'aborted'): void => {
      if (entry.ended !== 'running') return
      entry.ended = how
      entry.endedAt = Date.now()
    }
    response.once('close', () => end(response.writableFinished ? 'completed' : 'aborted'))
    const asked = api.read(JSON.parse(body))
    const reply = composeReply(asked)
    if (!asked.stream) return sendJson(response, 200, api.whole(asked, reply))
    response.writeHead(200, { 'content-type': api.streamType, 'cache-control': 'no-cache' })
    const pace = options.pace ?? 15
    for (const frame of api.stream(asked, reply)) {
      if (response.destroyed) return
      if (frame === undefined) {
        if (pace > 0) await new Promise((resolve) => setTimeout(resolve, pace))
        continue
      }
      entry.events++
      if (!response.write(frame)) await drained(response)
    }
    response.end()
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    name: DEMONSTRATION_MODEL,
    received,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    response.on('drain', settle)
    response.on('close', settle)
  })
}
