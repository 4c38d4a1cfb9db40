// Connections to a gateway for a tunnel: pooled, through the company's proxy, trusting its certificate authority.
import { EnvHttpProxyAgent, type Dispatcher } from 'undici'
import type { Clock } from '../../base/clock.ts'
import { trusting } from './company-fetch.ts'

// A connection that was idle for longer is not used again: a firewall or a change of network may have ended it unsaid.
const IDLE_MS = 8_000
// A peer that is gone is noticed by probes of TCP, in this time and some ten seconds more.
const PROBE_AFTER_MS = 15_000
const TICK_MS = 2_000
// Timers that come this late say that the machine, or the process, has slept.
const SLEPT_MS = 10_000

export interface GatewayDispatcher extends Pick<Dispatcher, 'dispatch'> {
  /** Ends all connections, with what is on its way. */
  destroy(): Promise<void>
}

/** Throws ERR_CONFIG when the PEM file `ca` can't be used. Whoever made it destroys it. */
export function gatewayDispatcher(ca: string | undefined, clock: Clock): GatewayDispatcher {
  const trust = trusting(ca)
  const make = () =>
    new EnvHttpProxyAgent({
      connect: { ...trust, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS },
      requestTls: trust,
      proxyTls: trust,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      // One request a connection: a slow stream never stands before another.
      pipelining: 1,
    })
  return afreshAfterSleep(make, clock)
}

/** Begins anew with its connections after a sleep: those from before look alive, and the first request would hang. */
function afreshAfterSleep(make: () => Dispatcher, clock: Clock): GatewayDispatcher {
  let current = make()
  const all = new Set([current])
  let seenAt = clock.now()
  const look = () => {
    const slept = clock.now() - seenAt > SLEPT_MS
    seenAt = clock.now()
    if (!slept) return
    const old = current
    current = make()
    all.add(current)
    // What is on its way is let finish.
    void old.close().then(() => all.delete(old))
  }
  const timer = setInterval(look, TICK_MS).unref()
  return {
    dispatch(options, handler) {
      look()
      return current.dispatch(options, handler)
    },
    async destroy() {
      clearInterval(timer)
      await Promise.all([...all].map((dispatcher) => dispatcher.destroy()))
    },
  }
}
