// login and logout, put together: discovery, the keychain, the browser, and what is remembered.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { verifierOf } from '../audit/note.ts'
import { SluiceError } from '../base/errors.ts'
import type { AuthorizationServer, IssuedTokens } from '../login/authorization-server.ts'
import { chooseKeychain } from '../login/choose-keychain.ts'
import { chooseGateway, type GatewayRecord, withGateway } from '../login/client-state.ts'
import { discover } from '../login/discovery.ts'
import { gatewayUrl } from '../login/gateway-url.ts'
import { readTokens, writeTokens } from '../login/keychain.ts'
import { whoSignedIn } from '../login/person.ts'
import { signInByBrowser, signInByDevice } from '../login/sign-in.ts'
import { authorizationServer, fetchFor, keychainOf } from './client.ts'
import { clientState } from './client-state.ts'
import { modelNames } from './models.ts'

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
  const { issuer, ledger, clockAheadMs } = await discover(url, fetch)
  requireVerifier(url, ledger)
  if (before && before.ledger.vkey !== ledger.vkey) throw otherLedger(url)

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

  const headers = { authorization: `Bearer ${tokens.accessToken}` }
  const person = await kept(
    async () => {
      const person = await whoSignedIn(url, tokens.accessToken, fetch)
      await writeTokens(keychain, url, { ...tokens, signInExpiresAt: person.signInExpiresAt })
      return person
    },
    server,
    tokens,
  )
  const models = await modelNames((path, init) => fetch(`${url}${path}`, { ...init, headers }))
  if (before?.keychain && before.keychain !== keychain.kind) {
    await keychainOf(before.keychain).then(
      (other) => other.remove(url),
      () => undefined,
    )
  }
  const { subject } = person
  const signInExpiresAt = new Date(person.signInExpiresAt).toISOString()
  const after = await state.update((now) => ({
    ...withGateway(now, url, {
      url,
      issuer,
      ledger,
      subject,
      signInExpiresAt,
      keychain: keychain.kind,
      ca,
      models,
    }),
    current: url,
  }))
  return after.gateways[url] as GatewayRecord
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

export interface SignedOut {
  readonly gateway: string
  /** Nobody was signed in. */
  readonly already: boolean
  /** False where the gateway couldn't be told: the sign-in ends there in its own time, `endsAt`. */
  readonly revoked: boolean
  readonly endsAt?: string | undefined
}

/** Revokes the sign-in at the gateway, then forgets it here; with `forget`, also what was pinned and remembered. */
export async function signOut(options: {
  gateway?: string | undefined
  forget: boolean
}): Promise<SignedOut> {
  const state = clientState()
  const record = chooseGateway(await state.load(), options.gateway)
  const { url, keychain: kind } = record
  const revoked = kind !== undefined && (await endSignIn(record, kind))
  await state.update((now) => {
    if (!options.forget) {
      return withGateway(now, url, { subject: undefined, signInExpiresAt: undefined, models: undefined })
    }
    const { [url]: _, ...gateways } = now.gateways
    const { current, ...rest } = now
    return { ...rest, ...(current !== undefined && current !== url && { current }), gateways }
  })
  return { gateway: url, already: record.subject === undefined, revoked, endsAt: record.signInExpiresAt }
}

async function endSignIn(record: GatewayRecord, kind: 'keychain' | 'file'): Promise<boolean> {
  const { url, issuer, ca } = record
  const keychain = await keychainOf(kind)
  // What can't be read can't be revoked, but it can be removed.
  const tokens = await readTokens(keychain, url).catch(() => undefined)
  let revoked = false
  if (tokens) {
    try {
      const server = await authorizationServer(url, issuer, await fetchFor(ca))
      await server.revoke(tokens.refreshToken)
      revoked = true
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
    }
  }
  await keychain.remove(url)
  return revoked || tokens === undefined
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

function otherLedger(url: string): SluiceError {
  return new SluiceError(
    'ERR_LEDGER_INVALID',
    `The gateway at ${url} has another ledger key than the one pinned here.`,
    {
      nextSteps: [
        'Ask whoever runs the gateway whether its ledger was begun anew.',
        `If so: sluice logout --forget --gateway ${url}, then sluice login ${url}`,
      ],
    },
  )
}
