// The port of those who issue tokens: what a token that they issued stands for.

export interface TokenClaims {
  readonly subject: string
  readonly signIn: string
  readonly session: string
  readonly scope: 'inference' | 'cli'
  readonly models?: readonly string[]
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** The claims of a token, or undefined where it is unknown or revoked. An expired one may still be found. */
export type TokenSource = (token: string) => Promise<TokenClaims | undefined>
