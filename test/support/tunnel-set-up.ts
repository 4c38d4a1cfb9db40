// A tunnel to a hand-written gateway, for tests.
import type { Test } from 'tap'
import { gatewayDispatcher } from '../../src/adapters/undici/gateway-dispatcher.ts'
import { systemClock } from '../../src/base/clock.ts'
import { SluiceError } from '../../src/base/errors.ts'
import { openLiveSession } from '../../src/tunnel/live-session.ts'
import { openTunnel, type Tunnel, type TunnelExchange, type TunnelParts } from '../../src/tunnel/tunnel.ts'
import { fakeGateway, type Answer } from './fake-gateway.ts'
import { until as patiently } from './until.ts'

export interface TunnelWishes extends Pick<
  Partial<TunnelParts>,
  'admission' | 'clock' | 'patienceMs' | 'silence'
> {
  /** Names of the APIs that the model is reached by. */
  readonly dialects?: readonly string[]
  /** The URL by which the tunnel reaches the gateway, where it is not the gateway's own. */
  readonly route?: (gatewayUrl: string) => Promise<string>
}

/** A gateway and a tunnel to it, gone when the test is over. Unless told otherwise it serves everyone. */
export async function setUpTunnel(
  t: Test,
  answer: Answer,
  {
    admission = { key: KEY, keyless: () => true },
    clock = systemClock,
    route = async (url) => url,
    dialects,
    ...waiting
  }: TunnelWishes = {},
) {
  const gateway = await fakeGateway(answer)
  if (dialects) gateway.dialects = dialects
  const dispatcher = gatewayDispatcher(undefined, clock)
  const session = await openLiveSession({ sessions: gateway.sessions, clock })
  const exchanges: TunnelExchange[] = []
  const tunnel = await openTunnel({
    gatewayUrl: await route(gateway.url),
    dispatcher,
    session,
    unreachable: (cause) =>
      new SluiceError('ERR_GATEWAY_UNREACHABLE', `${gateway.url} can't be reached.`, {
        nextSteps: ['Is the gateway running?'],
        cause,
      }),
    port: { exact: 0 },
    admission,
    patienceMs: 300,
    ...waiting,
    clock,
    onExchange: (exchange) => exchanges.push(exchange),
  })
  t.teardown(async () => {
    await tunnel.close()
    await session.close()
    await dispatcher.destroy()
    await gateway.stop()
  })
  return { gateway, tunnel, exchanges }
}

export const KEY = 'sk-sluice-of-the-test'

/** Answers with the request's own body. */
export const echo: Answer = (request, response) => {
  response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'text/plain' })
  request.pipe(response)
}

/** Waits until it is so. */
export function until(found: () => boolean): Promise<void> {
  return patiently('what the tunnel was to do', found)
}

/** Sends a chat. */
export function post(tunnel: Tunnel, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${tunnel.url}/v1/chat/completions`, { method: 'POST', body, headers })
}
