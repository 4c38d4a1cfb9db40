// A recorder in front of somebody else's model server: passes everything on, and keeps what it was given to pass.
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as sendTls } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Recorder {
  /** Base URL that stands for the model server's. */
  readonly url: string
  /** Bodies of the requests, exactly as they went on. */
  readonly received: readonly { readonly body: string }[]
  close(): Promise<void>
}

/** `target`: the model server's base URL, such as `http://127.0.0.1:11434/v1`. */
export async function startRecorder(target: string): Promise<Recorder> {
  const received: { body: string }[] = []
  const base = new URL(target)
  const server = createServer((request, response) => void pass(request, response))

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    received.push({ body: body.toString('utf8') })
    const url = new URL(base.pathname.replace(/\/$/, '') + (request.url ?? ''), base)
    const headers = { ...request.headers, host: url.host }
    const onward = (url.protocol === 'https:' ? sendTls : send)(
      url,
      { method: request.method, headers },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    onward.end(body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Where model servers usually listen on a developer's machine: Ollama, vLLM, llama.cpp, LM Studio. */
const USUAL = ['11434', '8000', '8080', '1234'].map((port) => `http://127.0.0.1:${port}/v1`)

/** The first model server that answers on loopback, with the first model that it lists. */
export async function findModelServer(
  candidates: readonly string[] = USUAL,
): Promise<{ url: string; model: string } | undefined> {
  const answers = await Promise.all(candidates.map(async (url) => ({ url, model: await firstModel(url) })))
  for (const { url, model } of answers) if (model !== undefined) return { url, model }
  return undefined
}

/** The first model that a server lists; undefined where it does not answer as a model server. */
export async function firstModel(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/models`, { signal: AbortSignal.timeout(1_000), redirect: 'error' })
    const { data } = (await response.json()) as { data?: readonly { id?: unknown }[] }
    const id = data?.[0]?.id
    return typeof id === 'string' ? id : undefined
  } catch {
    return undefined
  }
}
