// The access token of one gateway, refreshed in time by one process for all.
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { type Keychain, readTokens, type TokenSet, writeTokens } from './keychain.ts'

/** A token is handed out only if it is good for at least this long. */
const MARGIN_MS = 60_000
/** Tokens end at whole seconds of another machine's clock. */
const ROUNDING_MS = 5_000

export interface Tokens {
  /**
   * An access token that is good for a minute, or until the sign-in ends. With `rejected`, one other than that.
   * Rejects with ERR_NOT_SIGNED_IN or ERR_SIGN_IN_EXPIRED.
   */
  accessToken(rejected?: string): Promise<string>
}

export interface TokensParts {
  readonly gateway: string
  readonly keychain: () => Promise<Keychain>
  readonly server: () => Promise<AuthorizationServer>
  /** Runs its argument while no other process of this user does. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>
  readonly clock: Clock
}

export function tokensOf(parts: TokensParts): Tokens {
  const { gateway, clock } = parts
  let cached: TokenSet | undefined
  let pending: Promise<TokenSet> | undefined

  const isGood = (set: TokenSet, rejected?: string): boolean => {
    if (set.accessToken === rejected) return false
    const isLast = set.accessTokenExpiresAt >= set.signInExpiresAt - ROUNDING_MS
    const margin = isLast ? 0 : MARGIN_MS
    return set.accessTokenExpiresAt - clock.now() > margin
  }

  async function stored(keychain: Keychain): Promise<TokenSet> {
    const set = await readTokens(keychain, gateway)
    if (!set) throw notSignedIn(gateway)
    return set
  }

  async function renew(rejected?: string): Promise<TokenSet> {
    const keychain = await parts.keychain()
    const before = await stored(keychain)
    if (isGood(before, rejected)) return before
    return parts.exclusively(async () => {
      // Another process may have refreshed while this one waited: its token is as good, and the old one is spent.
      const current = await stored(keychain)
      if (isGood(current, rejected)) return current
      // That the sign-in has ended by this clock, which may have been set since, is the gateway's to confirm.
      const server = await parts.server()
      const issued = await server.refresh(current.refreshToken).catch(async (error: unknown) => {
        if (error instanceof SluiceError && error.code === 'ERR_SIGN_IN_EXPIRED')
          await keychain.remove(gateway)
        throw error
      })
      const next = { ...issued, signInExpiresAt: current.signInExpiresAt }
      await writeTokens(keychain, gateway, next)
      return next
    })
  }

  return {
    async accessToken(rejected) {
      if (cached && isGood(cached, rejected)) return cached.accessToken
      pending ??= renew(rejected).finally(() => (pending = undefined))
      cached = await pending
      // What was waited for may have been asked for by one that had not been refused yet.
      if (cached.accessToken === rejected) cached = await renew(rejected)
      return cached.accessToken
    },
  }
}

export function notSignedIn(gateway: string): SluiceError {
  return new SluiceError('ERR_NOT_SIGNED_IN', `You are not signed in at ${gateway}.`, {
    nextSteps: ['sluice login'],
  })
}

export function signInExpired(gateway: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_SIGN_IN_EXPIRED', `Your sign-in at ${gateway} has ended.`, {
    nextSteps: ['sluice login'],
    cause,
  })
}
