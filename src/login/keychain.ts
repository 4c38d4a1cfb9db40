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

const VERSION = 1

export async function readTokens(keychain: Keychain, gateway: string): Promise<TokenSet | undefined> {
  const text = await keychain.get(gateway)
  if (text === undefined) return undefined
  const set = parseTokens(text)
  if (set) return set
  const version = (parse(text) as { v?: unknown } | null | undefined)?.v
  const what =
    typeof version === 'number' && version > VERSION
      ? `was written by a newer sluice (version ${version}, this one knows ${VERSION})`
      : 'is damaged'
  throw new SluiceError(
    'ERR_KEYCHAIN',
    `The sign-in that the ${keychain.kind} holds for ${gateway} ${what}.`,
    {
      nextSteps: [`sluice login ${gateway}`],
    },
  )
}

/** The tokens in what a keychain holds; undefined where it is something else. */
export function parseTokens(text: string): TokenSet | undefined {
  const found = parse(text)
  return isTokenSet(found) ? found : undefined
}

export async function writeTokens(keychain: Keychain, gateway: string, set: TokenSet): Promise<void> {
  await keychain.set(gateway, JSON.stringify({ v: VERSION, ...set }))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isTokenSet(found: unknown): found is TokenSet {
  const set = found as (Partial<TokenSet> & { v?: unknown }) | null | undefined
  return (
    set?.v === VERSION &&
    typeof set.accessToken === 'string' &&
    typeof set.refreshToken === 'string' &&
    Number.isFinite(set.accessTokenExpiresAt) &&
    Number.isFinite(set.signInExpiresAt)
  )
}
