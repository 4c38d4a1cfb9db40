// What is measured side by side: the gateway and proxies that look at nothing, each in processes of its own.
import { startChild } from './child.ts'
import { openSession, startMeasuredGateway } from './measured-gateway.ts'
import type { Asked, Vitals } from './probe.ts'

export interface Peer {
  readonly name: string
  readonly origin: string
  readonly token: string
  /** CPU time of the whole process so far, threads included, in microseconds. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

/** A peer that runs on Node and so tells more of itself. */
export interface NodePeer extends Peer {
  vitals(asked?: Asked): Promise<Vitals>
}

export async function startGatewayPeer(upstream: string): Promise<NodePeer> {
  const { origin, signIn, vitals, stop } = await startMeasuredGateway(upstream)
  const { token } = await openSession(await signIn('ada'))
  return { name: 'sluice', origin, token, cpu: async () => (await vitals()).cpu, vitals, stop }
}

export async function startBarePeer(upstream: string): Promise<NodePeer> {
  const { started, vitals, stop } = await startChild<{ port: number }>('./bare-proxy.ts', [upstream])
  return {
    name: 'bare node:http + undici',
    origin: `http://127.0.0.1:${started.port}`,
    token: 'none',
    cpu: async () => (await vitals()).cpu,
    vitals,
    stop,
  }
}
