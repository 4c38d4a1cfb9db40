// Connections to a gateway for a tunnel: pooled, through the company's proxy, trusting its certificate authority.
import { EnvHttpProxyAgent, type Dispatcher } from 'undici'
import { trusting } from './company-fetch.ts'

/** Throws ERR_CONFIG when the PEM file `ca` can't be used. Whoever made it destroys it. */
export function gatewayDispatcher(ca?: string): Dispatcher {
  const trust = trusting(ca)
  return new EnvHttpProxyAgent({
    connect: { ...trust, timeout: 10_000 },
    requestTls: trust,
    proxyTls: trust,
    // One request a connection: a slow stream never stands before another.
    pipelining: 1,
  })
}
