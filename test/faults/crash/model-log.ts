// A model server whose own log says what reached it, by the exchange's id that the gateway sends along. It outlives gateways.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { completion, DONE, event } from '../../support/scripted-upstream.ts'

export interface ModelLog {
  readonly url: string
  /** Exchanges of all requests whose head has come, whole or not; empty for a request that names none. */
  readonly heard: ReadonlySet<string>
  close(): void
}

// Some are answered at once, some are thought about, some go on for longer than any gateway lives.
const THINKS_MS = [0, 30, 300]
const EVENTS = [5, 20, 200]
const PACE_MS = 8

export async function startModelLog(): Promise<ModelLog> {
  const heard = new Set<string>()
  let asked = 0
  const server = createServer((request, response) => {
    heard.add(String(request.headers['x-request-id'] ?? ''))
    const turn = asked++
    const chunks: Buffer[] = []
    request.on('error', () => undefined)
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const streamed = Buffer.concat(chunks).includes('"stream":true')
      void answer(response, turn, streamed).catch(() => response.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    heard,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answer(response: ServerResponse, turn: number, streamed: boolean): Promise<void> {
  await pause(THINKS_MS[turn % THINKS_MS.length])
  if (!streamed) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(completion('Write to bob@example.org.'))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const events = EVENTS[Math.floor(turn / THINKS_MS.length) % EVENTS.length] as number
  for (let i = 0; i < events && !response.destroyed; i++) {
    response.write(event(i % 10 === 3 ? 'bob@example.org ' : 'word '))
    await pause(PACE_MS)
  }
  response.end(event('', 'stop') + DONE)
}
