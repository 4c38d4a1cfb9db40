// npm run bench -- streams [--json]: memory of each of many slow streams, everything on, beside the bare proxy's.
import { startBarePeer, startGatewayPeer } from './gateway/peers.ts'
import { memoryPerStream, type PerStream } from './gateway/slow-streams.ts'
import { startUpstream } from './gateway/upstream.ts'

const STREAMS = 2_000

const upstream = await startUpstream()
const figures: PerStream[] = []
for (const start of [startGatewayPeer, startBarePeer]) {
  const peer = await start(upstream.url)
  process.stderr.write(`measuring ${peer.name} …\n`)
  figures.push(await memoryPerStream(peer, STREAMS))
  await peer.stop()
}
upstream.close()
const [ours, bare] = figures as [PerStream, PerStream]
row('live, collected', ours.live, bare.live)
row('resident, collected', ours.rss, bare.rss)

function row(what: string, value: number, peerValue: number): void {
  const rounded = (bytes: number): number => Math.round(bytes / 102.4) / 10
  const ratio = Math.round((value / peerValue) * 100) / 100
  const figure = {
    name: `streams: KiB a slow stream of ${STREAMS}, ${what}`,
    value: rounded(value),
    peer: 'bare node:http + undici',
    peerValue: rounded(peerValue),
    ratio,
  }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(figure)}\n`)
  else
    process.stdout.write(
      `${what.padEnd(22)} ${figure.value} KiB   ${figure.peer} ${figure.peerValue} KiB   ratio ${ratio}\n`,
    )
}
