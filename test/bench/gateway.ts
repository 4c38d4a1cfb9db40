// npm run bench -- gateway [--json]: CPU of the whole gateway process per request and per streamed event, beside a bare
// proxy and nginx in the same run. Ratios hold on a noisy machine; microseconds don't.
import { chatBody, load } from './gateway/load.ts'
import { startBarePeer, startGatewayPeer, startNginxPeer, type Peer } from './gateway/peers.ts'
import { startUpstream, type Cut } from './gateway/upstream.ts'

const FEATURES = [
  'session token looked up',
  'policy evaluated',
  'request masked (personal, secrets)',
  'reply masked (personal, secrets)',
  'decision and outcome entries, durable (SQLite, synchronous FULL)',
  'Merkle tree and signed checkpoint in each commit',
  'token counts',
  'structured log line',
  'metrics',
]
const CONCURRENCY = 64
const REQUESTS = 6_000
const FEW = 200
const MANY = 2_000

interface Figures {
  readonly request: number
  readonly event: Readonly<Record<Cut, number>>
}

async function measure(peer: Peer): Promise<Figures> {
  await load(peer.origin, peer.token, chatBody(), 1_500, CONCURRENCY)
  await load(peer.origin, peer.token, chatBody({ events: MANY, cut: 'coalesced' }), 30, 8)
  const request =
    (await cpuFor(peer, () => load(peer.origin, peer.token, chatBody(), REQUESTS, CONCURRENCY))) / REQUESTS
  const slope = async (cut: Cut, streams: number, concurrency: number): Promise<number> => {
    const of = async (events: number): Promise<number> =>
      (await cpuFor(peer, () =>
        load(peer.origin, peer.token, chatBody({ events, cut }), streams, concurrency),
      )) / streams
    const few = await of(FEW)
    return ((await of(MANY)) - few) / (MANY - FEW)
  }
  return {
    request,
    event: { coalesced: await slope('coalesced', 100, 8), paced: await slope('paced', 40, 40) },
  }
}

async function cpuFor(peer: Peer, work: () => Promise<void>): Promise<number> {
  const before = await peer.cpu()
  await work()
  return (await peer.cpu()) - before
}

const json = process.argv.includes('--json')
const upstream = await startUpstream()
const peers = [
  await startGatewayPeer(upstream.url),
  await startBarePeer(upstream.url),
  await startNginxPeer(upstream.url),
]
const results: { peer: Peer; figures: Figures }[] = []
for (const peer of peers) {
  if (!peer) {
    process.stderr.write('nginx is not installed: apt-get install nginx-light\n')
    continue
  }
  process.stderr.write(`measuring ${peer.name} …\n`)
  results.push({ peer, figures: await measure(peer) })
}
const [ours, ...others] = results
for (const { peer, figures } of others) {
  row('request, 1 KB, 64 at once', peer, ours?.figures.request ?? 0, figures.request)
  row('streamed event, coalesced', peer, ours?.figures.event.coalesced ?? 0, figures.event.coalesced)
  row('streamed event, one per read', peer, ours?.figures.event.paced ?? 0, figures.event.paced)
}
for (const { peer } of results) await peer.stop()
upstream.close()

function row(name: string, peer: Peer, cpu: number, floor: number): void {
  const rounded = (value: number): number => Math.round(value * 100) / 100
  const ratio = rounded(cpu / floor)
  const figure = {
    name: `gateway: CPU µs per ${name}`,
    value: rounded(cpu),
    peer: peer.name,
    peerValue: rounded(floor),
    ratio,
    features: FEATURES,
  }
  if (json) process.stdout.write(`${JSON.stringify(figure)}\n`)
  else
    process.stdout.write(
      `${name.padEnd(30)} ${figure.value} µs   ${peer.name} ${figure.peerValue} µs   ratio ${ratio}\n`,
    )
}
