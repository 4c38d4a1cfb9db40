// Where a tunnel listens: on loopback, on a port that stays the same, so that tools keep their settings.
import type { Server } from 'node:http'
import { SluiceError } from '../base/errors.ts'

const FIRST_PORT = 4141
const LAST_PORT = 4240
const HOST = '127.0.0.1'

export interface PortWish {
  /** This port and no other; 0 is any free one. */
  readonly exact?: number | undefined
  /** The port that this model's tunnel had the last time. */
  readonly remembered?: number | undefined
  /** Ports that are remembered for others, and left to them while there is another. */
  readonly others?: readonly number[]
  /** Who listens at a port, as words for a message, where that can be told. */
  readonly holderOf?: (port: number, host: string) => string | undefined
}

export interface PortGot {
  readonly port: number
  /** The port that it should have been, where that was in use; and by whom, where that can be told. */
  readonly taken?: number
  readonly takenBy?: string
}

/** Makes the server listen on 127.0.0.1; resolves with the port. Rejects with ERR_PORT_IN_USE. */
export async function listenOnLoopback(
  server: Server,
  { exact, remembered, others = [], holderOf }: PortWish,
): Promise<PortGot> {
  const span = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, i) => FIRST_PORT + i)
  const wanted = [
    ...(remembered === undefined ? [] : [remembered]),
    ...span.filter((port) => !others.includes(port)),
    ...span.filter((port) => others.includes(port)),
  ]
  const [usual] = wanted
  for (const wish of exact === undefined ? wanted : [exact]) {
    const port = await listen(server, wish)
    if (port === undefined) continue
    if (exact !== undefined || usual === undefined || port === usual) return { port }
    const takenBy = holderOf?.(usual, HOST)
    return { port, taken: usual, ...(takenBy !== undefined && { takenBy }) }
  }
  const holder = exact === undefined ? undefined : holderOf?.(exact, HOST)
  throw new SluiceError(
    'ERR_PORT_IN_USE',
    exact === undefined
      ? `All ports from ${FIRST_PORT} to ${LAST_PORT} are in use.`
      : holder === undefined
        ? `Port ${exact} is in use, or not yours to take.`
        : `Port ${exact} is in use by ${holder}.`,
    { nextSteps: ['Name another with --port N, or leave it out: the next free one is taken.'] },
  )
}

function listen(server: Server, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off('listening', onListening)
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined)
      else reject(error)
    }
    const onListening = () => {
      server.off('error', onError)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    }
    server.once('error', onError).once('listening', onListening)
    server.listen(port, HOST)
  })
}
