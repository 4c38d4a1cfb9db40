// The connections of the edge: never more than a bound, and each answered one request at a time.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Metrics } from './metrics.ts'

/** A request that is being answered. */
export interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

interface Connection {
  /** The lowest socket of it, below TLS. */
  readonly socket: Socket
  readonly waiting: (() => void)[]
  turn?: Turn
  /** What is to be done once nothing waits. */
  last?: () => void
}

/** Told of every change. */
type Counts = Pick<Metrics, 'connectionsOpen' | 'connectionDropped'>

// Clients that pipeline send a few requests ahead.
const WAITING_AT_MOST = 16

export class Connections {
  private readonly all = new Map<string, Connection>()
  /** Those without a request in progress, the one that has waited longest first. */
  private readonly idle = new Set<Connection>()
  private readonly most: number
  private readonly counts: Counts

  constructor(most: number, counts: Counts) {
    this.most = most
    this.counts = counts
  }

  /** Counts the server's connections from now on. Beyond the bound the one that has been idle longest gives way, else the newcomer. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      if (this.all.size >= this.most) this.drop(socket)
      if (socket.destroyed) return
      const name = nameOf(socket)
      const connection: Connection = { socket, waiting: [] }
      this.all.set(name, connection)
      this.idle.add(connection)
      this.counts.connectionsOpen(1)
      socket.once('close', () => {
        this.counts.connectionsOpen(-1)
        this.all.delete(name)
        this.idle.delete(connection)
      })
    })
  }

  /** Answers the request when all those before it on its connection are answered. */
  take(request: IncomingMessage, response: ServerResponse, answer: () => void): void {
    const connection = this.all.get(nameOf(request.socket))
    if (!connection) return request.socket.destroyed ? undefined : answer()
    const begin = (): void => {
      this.idle.delete(connection)
      connection.turn = { request, response }
      response.once('close', () => this.next(connection))
      answer()
    }
    if (!connection.turn) begin()
    else if (connection.waiting.length < WAITING_AT_MOST) connection.waiting.push(begin)
    else connection.socket.destroy()
  }

  /** The request in progress on a connection. */
  turn(socket: Socket): Turn | undefined {
    return this.all.get(nameOf(socket))?.turn
  }

  /** Does it once every request of the connection is answered; only the first such wish counts. */
  whenDone(socket: Socket, last: () => void): void {
    const connection = this.all.get(nameOf(socket))
    if (!connection || connection.last) return
    connection.last = last
    if (!connection.turn) last()
  }

  destroy(): void {
    for (const { socket } of this.all.values()) socket.destroy()
  }

  private next(connection: Connection): void {
    delete connection.turn
    if (connection.socket.destroyed) return
    const begin = connection.waiting.shift()
    if (begin) return begin()
    // At the end, as the one that has waited shortest.
    this.idle.add(connection)
    connection.last?.()
  }

  private drop(newcomer: Socket): void {
    this.counts.connectionDropped()
    const [longest] = this.idle
    if (longest) {
      this.idle.delete(longest)
      this.all.delete(nameOf(longest.socket))
      longest.socket.destroy()
    } else newcomer.destroy()
  }
}

// A TLS socket and the one below it share it.
function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}
