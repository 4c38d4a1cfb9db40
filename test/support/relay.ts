// A network between two ends of TCP, for tests: it can be whole, refuse, reset, or go dead without a word.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Relay {
  readonly port: number
  readonly url: string
  /** Connections that came about through it so far. */
  made(): number
  /** No new connection comes about; those that are open go on. */
  refuse(): void
  /** Open connections are reset. */
  reset(): void
  /** Nothing passes over open connections any more, and nobody is told. New ones pass. */
  strand(): void
  /** The same for new ones as well. */
  goDead(): void
  /** All passes again, what was underway first. */
  heal(): Promise<void>
}

/** A relay to a port of loopback, gone when the test is over. */
export async function relayTo(t: Test, target: number): Promise<Relay> {
  let made = 0
  let dead = false
  const open = new Set<Pair>()
  const listen = (port: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((near) => {
        made++
        open.add(new Pair(near, target, dead))
      })
      server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server))
    })
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  t.teardown(() => {
    server.close()
    for (const pair of open) pair.reset()
  })
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    made: () => made,
    refuse: () => void server.close(),
    reset() {
      for (const pair of open) pair.reset()
      open.clear()
    },
    strand() {
      for (const pair of open) pair.hold()
    },
    goDead() {
      dead = true
      for (const pair of open) pair.hold()
    },
    async heal() {
      dead = false
      for (const pair of open) pair.letGo()
      if (!server.listening) server = await listen(port)
    },
  }
}

class Pair {
  private readonly ends: readonly Socket[]
  private held = false

  constructor(near: Socket, target: number, held: boolean) {
    const far = connect(target, '127.0.0.1')
    this.ends = [near, far]
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => undefined)
      from.on('data', (chunk) => to.write(chunk))
      from.on('end', () => this.held || to.end())
      from.on('close', () => this.held || to.destroy())
    }
    if (held) this.hold()
  }

  hold(): void {
    this.held = true
    for (const end of this.ends) end.pause()
  }

  letGo(): void {
    this.held = false
    if (this.ends.some(({ destroyed }) => destroyed)) this.reset()
    else for (const end of this.ends) end.resume()
  }

  reset(): void {
    for (const end of this.ends) end.resetAndDestroy()
  }
}
