// A tunnel to a hand-written gateway, for tests.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { Agent } from 'undici'
import { systemClock } from '../../src/base/clock.ts'
import { SluiceError } from '../../src/base/errors.ts'
import type { Admission } from '../../src/tunnel/admission.ts'
import { openLiveSession } from '../../src/tunnel/live-session.ts'
import { openTunnel, type Tunnel, type TunnelExchange } from '../../src/tunnel/tunnel.ts'
import { fakeGateway, type Answer } from './fake-gateway.ts'

/** A gateway and a tunnel to it, gone when the test is over. Unless told otherwise it serves everyone. */
export async function setUpTunnel(
  t: Test,
  answer: Answer,
  admission: Admission = { key: KEY, keyless: () => true },
) {
  const gateway = await fakeGateway(answer)
  const dispatcher = new Agent()
  const session = await openLiveSession({ sessions: gateway.sessions, clock: systemClock })
  const exchanges: TunnelExchange[] = []
  const tunnel = await openTunnel({
    gatewayUrl: gateway.url,
    dispatcher,
    session,
    unreachable: (cause) =>
      new SluiceError('ERR_GATEWAY_UNREACHABLE', `${gateway.url} can't be reached.`, {
        nextSteps: ['Is the gateway running?'],
        cause,
      }),
    port: { exact: 0 },
    admission,
    clock: systemClock,
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

/** Waits until it is so; fails after two seconds. */
export async function until(found: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !found(); i++) await sleep(5)
  if (!found()) throw new Error('it did not happen within two seconds')
}

/** Sends a chat. */
export function post(tunnel: Tunnel, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${tunnel.url}/v1/chat/completions`, { method: 'POST', body, headers })
}
