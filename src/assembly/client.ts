// The client, put together: what a command needs of this machine and of its gateway. Parts are loaded when first used.
import { join } from 'node:path'
import { stateFolder } from '../adapters/client-state/folder.ts'
import { systemClock } from '../base/clock.ts'
import { surelyAheadOf } from '../base/foreign-time.ts'
import { SluiceError } from '../base/errors.ts'
import type { AuthorizationServer } from '../login/authorization-server.ts'
import { type ClientStateStore, chooseGateway, type GatewayRecord } from '../login/client-state.ts'
import { gatewayFetch } from '../login/gateway-api.ts'
import type { Keychain } from '../login/keychain.ts'
import { withLock } from '../login/lock.ts'
import { notSignedIn, tokensOf } from '../login/tokens.ts'
import { clientState } from './client-state.ts'

export { clientState }

export interface Client {
  /** The gateway's origin. */
  readonly gatewayUrl: string
  /** What was remembered of it when the client was opened. */
  readonly gateway: GatewayRecord
  readonly state: ClientStateStore
  /** An access token that is good for at least a minute; with `rejected`, another than that one. */
  accessToken(rejected?: string): Promise<string>
  /** fetch at the gateway with a bearer token: resolves with successful responses, rejects with the gateway's error. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /**
   * The time by this machine's clock (epoch milliseconds), put right where the gateway's replies have shown that it is ahead of
   * theirs: what is seen before something is then not held to be seen after it. By ten minutes at most.
   */
  now(): number
}

/** The client of one gateway: the one named, else the one in use. Rejects with ERR_NOT_SIGNED_IN where nobody is. */
export async function openClient(options: { gateway?: string | undefined } = {}): Promise<Client> {
  const state = clientState()
  const gateway = chooseGateway(await state.load(), options.gateway)
  if (!gateway.keychain) throw notSignedIn(gateway.url)
  const { keychain: kind, url, issuer, ca } = gateway
  let ahead: number | undefined
  const fetch = once(async (): Promise<typeof globalThis.fetch> => {
    const ask = await fetchFor(ca)
    return async (input, init) => {
      const response = await ask(input, init)
      const now = surelyAheadOf(response.headers.get('date'), systemClock.now())
      // A reply that took long seems to come from longer ago than it does.
      ahead = Math.min(ahead ?? now, now)
      return response
    }
  })
  const tokens = tokensOf({
    gateway: url,
    // Another login may have chosen another place since.
    keychain: async () => keychainOf((await state.load()).gateways[url]?.keychain ?? kind),
    server: once(async () => authorizationServer(url, issuer, await fetch())),
    exclusively: (work) => exclusivelyAt(url, work),
    clock: systemClock,
  })
  return {
    gatewayUrl: url,
    gateway,
    state,
    accessToken: (rejected) => tokens.accessToken(rejected),
    fetch: gatewayFetch({ gateway: url, fetch, tokens }),
    now: () => systemClock.now() - (ahead ?? 0),
  }
}

/** Runs `work` while no other process of this user changes what is kept for the gateway. */
export function exclusivelyAt<T>(url: string, work: () => Promise<T>): Promise<T> {
  return withLock(join(stateFolder(), `refresh-${url.replace(/[^a-z0-9.]+/gi, '-')}.lock`), work)
}

/** Where secrets are kept: the system's keychain, or private files. */
export async function keychainOf(kind: Keychain['kind']): Promise<Keychain> {
  if (kind === 'file') {
    const { secretFile } = await import('../adapters/secret-file/secret-file.ts')
    return secretFile(join(stateFolder(), 'secrets'))
  }
  try {
    const { osKeychain } = await import('../adapters/keyring/os-keychain.ts')
    return osKeychain()
  } catch (error) {
    // The library's native part has no build for every platform.
    throw new SluiceError('ERR_KEYCHAIN', 'The system’s keychain is not supported on this platform.', {
      cause: error,
    })
  }
}

/** fetch by way of the company's proxy, trusting its certificate authority. */
export async function fetchFor(ca: string | undefined): Promise<typeof globalThis.fetch> {
  const { companyFetch } = await import('../adapters/undici/company-fetch.ts')
  return companyFetch(ca)
}

/** The authorization server of a gateway. */
export async function authorizationServer(
  gateway: string,
  issuer: string,
  fetch: typeof globalThis.fetch,
): Promise<AuthorizationServer> {
  const { cliAuthorizationServer } = await import('../adapters/openid-client/cli-authorization-server.ts')
  return cliAuthorizationServer({ gateway, issuer, fetch })
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
