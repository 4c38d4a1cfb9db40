// login, put together: discovery, the keychain, the browser, and what is remembered.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { verifierOf } from '../audit/note.ts'
import type { Rotation } from '../audit/rotation.ts'
import { SluiceError } from '../base/errors.ts'
import type { AuthorizationServer, IssuedTokens } from '../login/authorization-server.ts'
import { chooseKeychain } from '../login/choose-keychain.ts'
import { chooseGateway, type GatewayRecord, withGateway } from '../login/client-state.ts'
import { discover } from '../login/discovery.ts'
import { errorOf } from '../login/gateway-api.ts'
import { gatewayUrl } from '../login/gateway-url.ts'
import { type Keychain, writeTokens } from '../login/keychain.ts'
import { whoSignedIn } from '../login/person.ts'
import { signInByBrowser, signInByDevice } from '../login/sign-in.ts'
import { authorizationServer, exclusivelyAt, fetchFor, keychainOf } from './client.ts'
import { clientState } from './client-state.ts'
import { mustExtendThrough, rotationsTo } from './ledger-key.ts'
import { modelNames } from './models.ts'
import { pinned } from './pin.ts'

export interface SignInOptions {
  /** As it was typed; else the gateway in use. */
  readonly gateway?: string | undefined
  readonly browser: boolean
  readonly ca?: string | undefined
  readonly allowFile: boolean
  readonly timeoutMs: number
  readonly tell: (step: SignInStep) => void
  /** Opens the URL where the person is; by default this machine's browser. */
  readonly open?: (url: string) => Promise<void>
}

export type SignInStep =
  /** This machine's clock is ahead of the gateway's by so much. */
  | { readonly step: 'clock'; readonly aheadMs: number }
  /** The ledger has another key than the one that was pinned, which signed that it has. */
  | { readonly step: 'rotated'; readonly rotation: Rotation }
  | { readonly step: 'keychain'; readonly kind: 'keychain' | 'file'; readonly because?: string }
  | { readonly step: 'browser'; readonly url: string }
  | { readonly step: 'device'; readonly url: string; readonly complete: string; readonly code: string }

/** Signs in, and remembers it. Rejects with ERR_SIGN_IN_REFUSED, ERR_SIGN_IN_EXPIRED, ERR_GATEWAY_UNREACHABLE … */
export async function signIn(options: SignInOptions): Promise<GatewayRecord> {
  const state = clientState()
  const known = await state.load()
  if (options.gateway === undefined && Object.keys(known.gateways).length === 0) {
    throw new SluiceError('ERR_USAGE', 'Which gateway? None is known yet.', {
      nextSteps: ['sluice login https://gw.example.com'],
    })
  }
  const url = options.gateway === undefined ? chooseGateway(known).url : gatewayUrl(options.gateway)
  const before = known.gateways[url]
  const ca = options.ca === undefined ? before?.ca : resolve(options.ca)
  const fetch = await fetchFor(ca)
  const discovered = await discover(url, fetch)
  const { issuer, ledger, clockAheadMs } = discovered
  requireVerifier(url, ledger)
  const rotations = before ? rotationsTo(before, discovered) : []

  const allowFile = options.allowFile || process.env['SLUICE_KEYCHAIN'] === 'file'
  const usedBefore = Object.values(known.gateways).some((gateway) => gateway.keychain === 'keychain')
  const choice = await chooseKeychain({ open: keychainOf, usedBefore, allowFile })
  const { keychain, because } = choice
  options.tell({ step: 'keychain', kind: keychain.kind, ...(because !== undefined && { because }) })

  if (clockAheadMs !== 0) options.tell({ step: 'clock', aheadMs: clockAheadMs })

  const server = await authorizationServer(url, issuer, fetch)
  const parts = { gateway: url, server, machine: hostname(), timeoutMs: options.timeoutMs }
  const tokens = options.browser
    ? await signInByBrowser({
        ...parts,
        async show(authorizationUrl) {
          options.tell({ step: 'browser', url: authorizationUrl })
          await (options.open ?? openBrowser)(authorizationUrl)
        },
      })
    : await signInByDevice({
        ...parts,
        show: (deviceUrl, complete, code) => options.tell({ step: 'device', url: deviceUrl, complete, code }),
      })

  const after = await kept(
    async () => {
      const headers = { authorization: `Bearer ${tokens.accessToken}` }
      const person = await whoSignedIn(url, tokens.accessToken, fetch)
      const ask = (path: string, init?: RequestInit) => fetch(`${url}${path}`, { ...init, headers })
      const models = await modelNames(ask)
      if (before) {
        await mustExtendThrough(
          async (path) => {
            const response = await ask(path)
            if (response.ok) return response
            throw await errorOf(response, url)
          },
          before,
          rotations,
        )
      }
      const last = before?.pin === undefined ? undefined : rotations.at(-1)?.note
      const { subject } = person
      const signInExpiresAt = new Date(person.signInExpiresAt).toISOString()
      // What is kept and what is remembered go together, whatever a refresh or a logout does meanwhile.
      return exclusivelyAt(url, async () => {
        await writeTokens(keychain, url, { ...tokens, signInExpiresAt: person.signInExpiresAt })
        await forgetElsewhere(before?.keychain, keychain.kind, url)
        const kept = { keychain: keychain.kind, ca, models }
        return state.update((now) => ({
          ...withGateway(now, url, {
            url,
            issuer,
            ledger,
            subject,
            signInExpiresAt,
            ...kept,
            ...(last !== undefined && pinned(last)),
          }),
          current: url,
        }))
      })
    },
    server,
    tokens,
  )
  for (const rotation of rotations) options.tell({ step: 'rotated', rotation })
  return after.gateways[url] as GatewayRecord
}

async function forgetElsewhere(
  before: Keychain['kind'] | undefined,
  now: Keychain['kind'],
  url: string,
): Promise<void> {
  if (before === undefined || before === now) return
  await keychainOf(before).then(
    (other) => other.remove(url).catch(() => undefined),
    () => undefined,
  )
}

/** Where new tokens can't be kept, their sign-in must not go on at the gateway. */
async function kept<T>(
  keep: () => Promise<T>,
  server: AuthorizationServer,
  tokens: IssuedTokens,
): Promise<T> {
  try {
    return await keep()
  } catch (error) {
    await server.revoke(tokens.refreshToken).catch(() => undefined)
    throw error
  }
}

async function openBrowser(url: string): Promise<void> {
  const { openInBrowser } = await import('../adapters/open/browser.ts')
  await openInBrowser(url)
}

/** What is pinned must be a key, and of the ledger that it is said to be of: everything that is verified later rests on it. */
function requireVerifier(url: string, { origin, vkey }: GatewayRecord['ledger']): void {
  try {
    if (verifierOf(vkey).name === origin) return
  } catch {
    // told below
  }
  throw new SluiceError('ERR_LEDGER_INVALID', `What ${url} calls the key of its ledger is none.`, {
    nextSteps: ['Tell whoever runs the gateway; nothing was stored.'],
  })
}
