// A witness's port: POST /add-checkpoint, and nothing else. https://c2sp.org/tlog-witness
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addCheckpoint, LONGEST_REQUEST } from './add-checkpoint.ts'
import type { Witness, WitnessAnswer } from './add-checkpoint.ts'

export interface ServedWitness {
  readonly port: number
  /** Answers what has come, then closes. */
  stop(): Promise<void>
}

export interface WitnessListeners {
  onAnswer(answer: WitnessAnswer): void
  /** A request that could not be answered: the state can't be written, say. */
  onFault(error: unknown): void
}

const RECEIVE_MS = 15_000

/** Resolves once it listens; rejects with the system's error where it can't. */
export async function serveWitness(
  witness: Witness,
  { host, port }: { readonly host: string; readonly port: number },
  listeners: WitnessListeners,
): Promise<ServedWitness> {
  const bounds = { requestTimeout: RECEIVE_MS, headersTimeout: RECEIVE_MS, maxHeaderSize: 16_384 }
  const server = createServer(bounds, (request, response) => {
    answer(witness, request, response, listeners).catch((error: unknown) => {
      listeners.onFault(error)
      if (response.headersSent) response.destroy()
      else send(response, 500, 'This witness cannot answer now.\n')
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function answer(
  witness: Witness,
  request: IncomingMessage,
  response: ServerResponse,
  { onAnswer }: WitnessListeners,
): Promise<void> {
  if (request.url !== '/add-checkpoint') return send(response, 404, 'A witness has /add-checkpoint alone.\n')
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    return send(response, 405, 'Checkpoints are posted.\n')
  }
  const body = await bodyOf(request)
  if (body === 'too long') {
    response.setHeader('connection', 'close')
    return send(response, 413, 'The body is longer than any request.\n')
  }
  // Whoever left is not answered; what was asked may have been cut short.
  if (body === 'broken off') return
  const answered = addCheckpoint(witness, body.text)
  onAnswer(answered)
  const isSize = answered.status === 409
  send(response, answered.status, answered.body, isSize ? 'text/x.tlog.size' : undefined)
}

function bodyOf(request: IncomingMessage): Promise<{ readonly text: string } | 'too long' | 'broken off'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= LONGEST_REQUEST) chunks.push(chunk)
      else resolve('too long')
    })
    request.on('end', () => resolve({ text: Buffer.concat(chunks).toString('utf8') }))
    request.on('close', () => resolve('broken off'))
  })
}

function send(response: ServerResponse, status: number, text: string, type?: string): void {
  response.writeHead(status, { 'content-type': type ?? 'text/plain; charset=utf-8' })
  response.end(text)
}
