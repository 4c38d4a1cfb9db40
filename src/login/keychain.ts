// The keychain port: one small secret per gateway.
import { SluiceError } from '../base/errors.ts'

export interface Keychain {
  readonly kind: 'keychain' | 'file'
  /** The secret of a gateway, or undefined. Rejects with ERR_KEYCHAIN when it can't be told. */
  get(gateway: string): Promise<string | undefined>
  /** Stores or replaces at most 2,500 bytes: Windows allows little more. */
  set(gateway: string, secret: string): Promise<void>
  /** Resolves whether or not there was one. */
  remove(gateway: string): Promise<void>
}

/** What is kept for one gateway. Times in epoch milliseconds. */
export interface TokenSet {
  readonly accessToken: string
  readonly accessTokenExpiresAt: number
  readonly refreshToken: string
  /** The end of the sign-in: no refresh reaches beyond it. */
  readonly signInExpiresAt: number
}

export async function readTokens(keychain: Keychain, gateway: string): Promise<TokenSet | undefined> {
  const text = await keychain.get(gateway)
  if (text === undefined) return undefined
  const set = parse(text)
  if (set) return set
  throw new SluiceError(
    'ERR_KEYCHAIN',
    `What the ${keychain.kind} holds for ${gateway} is not a sluice sign-in.`,
    {
      nextSteps: ['sluice logout', 'sluice login'],
    },
  )
}

export async function writeTokens(keychain: Keychain, gateway: string, set: TokenSet): Promise<void> {
  await keychain.set(gateway, JSON.stringify({ v: 1, ...set }))
}

function parse(text: string): TokenSet | undefined {
  try {
    const { v, ...set } = JSON.parse(text) as TokenSet & { v: number }
    const whole =
      v === 1 &&
      typeof set.accessToken === 'string' &&
      typeof set.refreshToken === 'string' &&
      Number.isFinite(set.accessTokenExpiresAt) &&
      Number.isFinite(set.signInExpiresAt)
    return whole ? set : undefined
  } catch {
    return undefined
  }
}
