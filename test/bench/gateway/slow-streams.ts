// Many streams at once that go on slowly: what the process between needs for each.
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { until } from '../../support/until.ts'
import { chatBody } from './load.ts'
import type { NodePeer } from './peers.ts'
import type { Vitals } from './probe.ts'
import { AT_ONCE } from './upstream.ts'

export interface PerStream {
  /** Bytes of V8's heap and of what it holds outside, all garbage collected. */
  readonly live: number
  /** Bytes of the whole process. */
  readonly rss: number
}

const WARM_UP = 100
// How many events every stream has sent on when memory is read: by then it is in its stride.
const EVENTS = AT_ONCE + 3

/** Opens `count` streams and tells by how much each has made the process grow. `prompts`: how many KiB each asks with. */
export async function memoryPerStream(peer: NodePeer, count: number, prompts = 1): Promise<PerStream> {
  const warm = await openStreams(peer, WARM_UP, prompts)
  await warm.close()
  await settled(peer)
  const before = await peer.vitals('collected')
  const streams = await openStreams(peer, count, prompts)
  const after = await peer.vitals('collected')
  await streams.close()
  const live = ({ heap, external }: Vitals): number => heap + external
  return { live: (live(after) - live(before)) / count, rss: (after.rss - before.rss) / count }
}

/**
 * Resolves once the peer opens and closes nothing more. What is closed here is not yet closed there, and would count as held before; and undici
 * connects anew where a stream was left, so the descriptors don't come down to what they were.
 */
async function settled(peer: NodePeer): Promise<void> {
  const seen: number[] = []
  await until('the peer opens and closes nothing more', async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    seen.push((await peer.vitals('vitals')).descriptors)
    return seen.length > 4 && new Set(seen.slice(-4)).size === 1
  })
}

/** Resolves once each of them flows. */
async function openStreams(
  { origin, token }: NodePeer,
  count: number,
  prompts: number,
): Promise<{ close(): Promise<void> }> {
  const body = chatBody({ events: 100_000, cut: 'slow' }, prompts)
  const { hostname, port, host } = new URL(origin)
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  const request = `${head.join('\r\n')}\r\n\r\n${body}`
  const sockets: Socket[] = []
  let flowing = 0
  for (let i = 0; i < count; i++) {
    const socket = connect({ host: hostname, port: Number(port) })
    sockets.push(socket)
    let events = 0
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const before = events
      events += bytes.toString('latin1').split('data: ').length - 1
      if (before < EVENTS && events >= EVENTS) flowing++
    })
    await once(socket, 'connect')
    socket.write(request)
  }
  await until(`${count} streams flow`, () => {
    const gone = sockets.filter(({ closed }) => closed).length
    if (gone > 0) throw new Error(`${gone} of ${count} streams ended`)
    return flowing === count
  })
  return {
    async close() {
      await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')))
    },
  }
}
