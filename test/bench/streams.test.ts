// Streams that go on slowly cost little more memory than in a proxy that looks at nothing (npm run bench -- streams).
import t from 'tap'
import { startBarePeer, startGatewayPeer, type NodePeer } from './gateway/peers.ts'
import { memoryPerStream } from './gateway/slow-streams.ts'
import { startUpstream } from './gateway/upstream.ts'

const STREAMS = 400
const MOST = 1.5
const PROMPT_KIB = 48

t.setTimeout(180_000)

t.test('400 streams at once', async (t) => {
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const start = async (peer: Promise<NodePeer>): Promise<NodePeer> => {
    const started = await peer
    t.teardown(() => started.stop())
    return started
  }
  const gateway = await start(startGatewayPeer(upstream.url))
  const bare = await start(startBarePeer(upstream.url))

  // Both fresh, as in the bench: what a first stream makes for all that follow counts on both sides.
  const { live: floor } = await memoryPerStream(bare, STREAMS)
  const { live: ours } = await memoryPerStream(gateway, STREAMS)
  t.ok(ours <= MOST * floor, `${kib(ours)} each, a bare proxy ${kib(floor)}`)

  const { live } = await memoryPerStream(gateway, STREAMS / 4, PROMPT_KIB)
  t.ok(live < PROMPT_KIB * 1024, `prompts of ${PROMPT_KIB} KiB are let go of: ${kib(live)} each`)
})

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`
}
