// logout, put together: the sign-in is ended at the gateway, then forgotten here.
import { SluiceError } from '../base/errors.ts'
import { chooseGateway, type GatewayRecord, withGateway } from '../login/client-state.ts'
import { type Keychain, parseTokens, type TokenSet } from '../login/keychain.ts'
import { authorizationServer, exclusivelyAt, fetchFor, keychainOf } from './client.ts'
import { clientState } from './client-state.ts'

export interface SignedOut {
  readonly gateway: string
  /** Nobody was signed in. */
  readonly already: boolean
  /** False where the gateway couldn't be told: the sign-in ends there in its own time, `endsAt`. */
  readonly revoked: boolean
  /** The keychain could not be opened: what it holds of the gateway stays there. Only with `forget`. */
  readonly left: boolean
  readonly endsAt?: string | undefined
}

/** Revokes the sign-in at the gateway, then forgets it here; with `forget`, also what was pinned and remembered. */
export async function signOut(options: {
  gateway?: string | undefined
  forget: boolean
}): Promise<SignedOut> {
  const state = clientState()
  const record = chooseGateway(await state.load(), options.gateway)
  const { url, issuer, ca, keychain: kind } = record
  const { revoked, left } = await exclusivelyAt(url, async () => {
    const end = await endSignIn({ url, issuer, ca, kind, forget: options.forget })
    await state.update((now) => {
      if (!options.forget) {
        return withGateway(now, url, { subject: undefined, signInExpiresAt: undefined, models: undefined })
      }
      const { [url]: _, ...gateways } = now.gateways
      const { current, ...rest } = now
      return { ...rest, ...(current !== undefined && current !== url && { current }), gateways }
    })
    return end
  })
  const already = record.subject === undefined
  return { gateway: url, already, revoked, left, endsAt: record.signInExpiresAt }
}

interface SignInToEnd extends Pick<GatewayRecord, 'url' | 'issuer'> {
  readonly ca: string | undefined
  readonly kind: Keychain['kind'] | undefined
  readonly forget: boolean
}

async function endSignIn(options: SignInToEnd): Promise<Pick<SignedOut, 'revoked' | 'left'>> {
  const { url, issuer, ca, kind, forget } = options
  if (kind === undefined) return { revoked: false, left: false }
  let keychain: Keychain
  let tokens: TokenSet | 'damaged' | undefined
  try {
    keychain = await keychainOf(kind)
    const text = await keychain.get(url)
    tokens = text === undefined ? undefined : (parseTokens(text) ?? 'damaged')
  } catch (error) {
    if (!forget || !isKeychainError(error)) throw error
    return { revoked: false, left: true }
  }
  // What can't be read can't be revoked, but it can be removed.
  const revoked =
    tokens === undefined || (tokens !== 'damaged' && (await revoke(url, issuer, ca, tokens.refreshToken)))
  await keychain.remove(url)
  return { revoked, left: false }
}

async function revoke(url: string, issuer: string, ca: string | undefined, token: string): Promise<boolean> {
  try {
    const server = await authorizationServer(url, issuer, await fetchFor(ca))
    await server.revoke(token)
    return true
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return false
  }
}

function isKeychainError(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'ERR_KEYCHAIN'
}
