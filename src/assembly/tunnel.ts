// A tunnel to one model, put together: the session at the gateway, the connections to it, the listener.
import { hostname } from 'node:os'
import { isOfOwnUser } from '../adapters/proc/own-user.ts'
import { portHolder } from '../adapters/proc/port-holder.ts'
import { gatewayDispatcher } from '../adapters/undici/gateway-dispatcher.ts'
import { systemClock } from '../base/clock.ts'
import { type ClientState, withGateway } from '../login/client-state.ts'
import { unreachable } from '../login/unreachable.ts'
import { newKey } from '../tunnel/key.ts'
import { openLiveSession } from '../tunnel/live-session.ts'
import type { PortWish } from '../tunnel/listen.ts'
import { sessionsApi } from '../tunnel/sessions-api.ts'
import type { Session } from '../tunnel/sessions.ts'
import { openTunnel, type Tunnel, type TunnelExchange } from '../tunnel/tunnel.ts'
import type { Client } from './client.ts'
import { keeperOf } from './named-entries.ts'
import { tunnelKey } from './tunnel-key.ts'

export interface ModelTunnelOptions {
  readonly client: Client
  readonly model: string
  /** The CLI's own. */
  readonly version: string
  /**
   * This port and no other; 0 is any free one, for a tunnel with a key of its own. Without it, the model's usual port:
   * the first one that it had.
   */
  readonly port?: number | undefined
  /** Serves without the key: programs of this user where the system tells whose they are, else any of this machine. */
  readonly keyless?: boolean | undefined
  readonly onExchange: (exchange: TunnelExchange) => void
  /** Called when another session had to be opened, as after another login. */
  readonly onReopened?: (session: Session) => void
}

/** Whom a tunnel serves: who has its key, this user's programs, or any program of this machine. */
export type Access = 'key' | 'user' | 'machine'

export interface ModelTunnel extends Tunnel {
  readonly key: string
  readonly access: Access
  /** The session as it was opened. */
  readonly session: Session
}

/** Opens the session first, so that an unknown model or an ended sign-in is told before anything listens. */
export async function openModelTunnel(options: ModelTunnelOptions): Promise<ModelTunnel> {
  const { client, model, onExchange, onReopened, keyless = false } = options
  const { gatewayUrl, gateway, state } = client
  const keep = keeperOf(client)
  const key = options.port === 0 ? newKey() : await tunnelKey(gatewayUrl, model)
  const access = !keyless ? 'key' : process.platform === 'linux' ? 'user' : 'machine'
  const dispatcher = gatewayDispatcher(gateway.ca, systemClock)
  const machine = { host: hostname(), version: options.version }
  const session = await openLiveSession({
    sessions: sessionsApi(client.fetch, { model, client: machine }),
    clock: systemClock,
    ...(onReopened && { onReopened }),
  })
  try {
    const tunnel = await openTunnel({
      gatewayUrl,
      dispatcher,
      session,
      unreachable: (cause) => unreachable(gatewayUrl, cause),
      port: { ...portWish(await state.load(), gatewayUrl, model, options.port), holderOf: portHolder },
      admission: { key, keyless: { key: undefined, user: isOfOwnUser, machine: () => true }[access] },
      clock: systemClock,
      onExchange(exchange) {
        keep(exchange)
        onExchange(exchange)
      },
    })
    if (options.port !== 0) {
      await state.update((state) => {
        const { ports = {}, lastPorts = {}, dialects = {} } = state.gateways[gatewayUrl] ?? {}
        // A port that stood in for another is not the model's own from then on.
        const own = tunnel.taken === undefined && !Object.hasOwn(ports, model)
        return withGateway(state, gatewayUrl, {
          ports: own ? { ...ports, [model]: tunnel.port } : ports,
          lastPorts: { ...lastPorts, [model]: tunnel.port },
          dialects: { ...dialects, [model]: session.current.model.dialects },
        })
      })
    }
    return {
      ...tunnel,
      key,
      access,
      session: session.current,
      async close() {
        await tunnel.close()
        await session.close()
        await dispatcher.destroy()
      },
    }
  } catch (error) {
    await session.close()
    await dispatcher.destroy()
    throw error
  }
}

/** The port that is a model's own. */
function rememberedPort(state: ClientState, gatewayUrl: string, model: string): number | undefined {
  return state.gateways[gatewayUrl]?.ports?.[model]
}

function portWish(state: ClientState, gatewayUrl: string, model: string, exact?: number): PortWish {
  const others = Object.values(state.gateways).flatMap(({ url, ports = {} }) =>
    Object.entries(ports)
      .filter(([name]) => url !== gatewayUrl || name !== model)
      .map(([, port]) => port),
  )
  return { exact, remembered: rememberedPort(state, gatewayUrl, model), others }
}
