// What is between the port and the pipeline: each request that has arrived, until its reply is sent or the gateway stops.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { asSluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayParts } from './parts.ts'
import { route, sendPlain } from './routes.ts'

/** A request that has arrived. */
export interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Callers and logs tell it by this. */
  readonly id: string
}

/** Answers requests that it owns and says whether it did. */
export type Mount = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<boolean>

export interface Served {
  readonly dialects: readonly Dialect[]
  /** Tried in order for paths that no dialect owns. */
  readonly mounts: readonly Mount[]
}

// For replies that were ended to reach their callers.
const LAST_WORDS_MS = 5_000

export class Edge {
  readonly parts: GatewayParts
  readonly served: Served
  readonly exchanges = new Map<IncomingMessage, Exchange>()
  isStopping = false
  private readonly unsent = new Set<ServerResponse>()

  constructor(parts: GatewayParts, served: Served) {
    this.parts = parts
    this.served = served
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const arrival: Arrival = { request, response, id: newId('req') }
    response.setHeader('sluice-request-id', arrival.id)
    if (this.isStopping) response.setHeader('connection', 'close')
    this.unsent.add(response)
    response.once('close', () => {
      this.unsent.delete(response)
      if (this.isStopping) request.socket.end()
    })
    void route(this, arrival).catch((thrown: unknown) => {
      this.parts.logger.error({ requestId: arrival.id, code: asSluiceError(thrown).code }, 'request failed')
      if (!response.headersSent) sendPlain(response, 500, 'internal error')
      else response.destroy()
    })
  }

  /** Lets replies finish for at most `ms`, then ends the rest as interrupted. Resolves once all are sent, or given up. */
  async drain(ms: number): Promise<void> {
    this.isStopping = true
    await settled(this.unsent, ms)
    for (const exchange of this.exchanges.values()) exchange.abort('shutdown')
    await settled(this.unsent, LAST_WORDS_MS)
  }
}

/** Resolves when the set is empty, or after `ms`. */
async function settled(set: ReadonlySet<unknown>, ms: number): Promise<void> {
  const deadline = Date.now() + ms
  while (set.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
}
