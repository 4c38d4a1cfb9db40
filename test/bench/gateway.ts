// npm run bench -- gateway [--json]: CPU of the whole gateway process per request and per streamed event, beside a bare
// proxy and nginx in the same run, in turns; medians. Ratios hold on a noisy machine; microseconds don't.
import { chatBody, load } from './gateway/load.ts'
import { startNginxPeer } from './gateway/nginx-peer.ts'
import { startBarePeer, startGatewayPeer, type NodePeer, type Peer } from './gateway/peers.ts'
import type { Delay } from './gateway/probe.ts'
import { startUpstream } from './gateway/upstream.ts'
import { median } from './masking/run.ts'

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
const REQUESTS = 3_000
const ROUNDS = 5
// What an event costs is the slope between short and long streams. Sent many at a time an event costs a bare proxy next
// to nothing: only many of them tell.
const STREAMS = {
  paced: { few: 200, many: 2_000, streams: 40, concurrency: 40 },
  coalesced: { few: 1_000, many: 21_000, streams: 40, concurrency: 8 },
} as const

interface Figures {
  readonly request: number
  readonly event: Readonly<Record<keyof typeof STREAMS, number>>
  /** While requests were served at full load. */
  readonly delay: Delay | undefined
}

async function warmUp({ origin, token }: Peer): Promise<void> {
  await load(origin, token, chatBody(), 1_500, CONCURRENCY)
  await load(origin, token, chatBody({ events: 2_000, cut: 'coalesced' }), 30, 8)
}

async function measure(peer: Peer | NodePeer): Promise<Figures> {
  const request =
    (await cpuFor(peer, () => load(peer.origin, peer.token, chatBody(), REQUESTS, CONCURRENCY))) / REQUESTS
  if ('vitals' in peer) await peer.vitals()
  await load(peer.origin, peer.token, chatBody(), REQUESTS, CONCURRENCY)
  const delay = 'vitals' in peer ? (await peer.vitals()).delay : undefined
  const slope = async (cut: keyof typeof STREAMS): Promise<number> => {
    const { few, many, streams, concurrency } = STREAMS[cut]
    const of = async (events: number): Promise<number> =>
      (await cpuFor(peer, () =>
        load(peer.origin, peer.token, chatBody({ events, cut }), streams, concurrency),
      )) / streams
    const short = await of(few)
    return ((await of(many)) - short) / (many - few)
  }
  return { request, delay, event: { coalesced: await slope('coalesced'), paced: await slope('paced') } }
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
if (!peers.at(-1)) process.stderr.write('nginx is not installed: apt-get install nginx-light\n')
const results = peers.filter((peer) => peer !== undefined).map((peer) => ({ peer, rounds: [] as Figures[] }))
for (const { peer } of results) await warmUp(peer)
for (let round = 1; round <= ROUNDS; round++) {
  process.stderr.write(`round ${round} of ${ROUNDS} …\n`)
  for (const { peer, rounds } of results) rounds.push(await measure(peer))
}
const [ours, ...others] = results as [(typeof results)[number], ...typeof results]
for (const { peer, rounds } of others) {
  const row = (name: string, of: (figures: Figures) => number | undefined, unit = 'CPU µs per '): void =>
    print(`${unit}${name}`, peer, middle(ours.rounds, of), middle(rounds, of))
  row('request, 1 KB, 64 at once', ({ request }) => request)
  row('streamed event, coalesced', ({ event }) => event.coalesced)
  row('streamed event, one per read', ({ event }) => event.paced)
  row('p99, 64 at once', ({ delay }) => delay?.p99, 'event-loop delay ms, ')
}
for (const { peer } of results) await peer.stop()
upstream.close()

function middle(
  rounds: readonly Figures[],
  of: (figures: Figures) => number | undefined,
): number | undefined {
  const values = rounds.map(of).filter((value) => value !== undefined)
  return values.length === 0 ? undefined : median(values)
}

function print(name: string, peer: Peer, value: number | undefined, floor: number | undefined): void {
  if (value === undefined || floor === undefined) return
  const rounded = (number: number): number => Math.round(number * 100) / 100
  const ratio = rounded(value / floor)
  const figure = {
    name: `gateway: ${name}`,
    value: rounded(value),
    peer: peer.name,
    peerValue: rounded(floor),
    ratio,
    features: FEATURES,
  }
  if (json) process.stdout.write(`${JSON.stringify(figure)}\n`)
  else
    process.stdout.write(
      `${name.padEnd(40)} ${figure.value}   ${peer.name} ${figure.peerValue}   ratio ${ratio}\n`,
    )
}
