// The sessions port: what a tunnel needs of the gateway's session API (docs/gateway-api.md, "Sessions").

export interface ServedModel {
  readonly name: string
  /** Names of the APIs that it is reached by. */
  readonly dialects: readonly string[]
  /** Names of the detectors in force. */
  readonly mask: { readonly request: readonly string[]; readonly reply: readonly string[] }
  /** What is kept of an exchange: `metadata`, or more. */
  readonly record: string
}

export interface SessionToken {
  readonly token: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export interface Session extends SessionToken {
  readonly id: string
  /** Epoch milliseconds. */
  readonly signInExpiresAt: number
  readonly model: ServedModel
  readonly subject: { readonly id: string; readonly name: string }
}

/** Every verb rejects with the gateway's own SluiceError, or ERR_GATEWAY_UNREACHABLE. */
export interface Sessions {
  /** Opens a session on the tunnel's model, by the sign-in that is in force now. */
  open(): Promise<Session>
  /** A new token; the old one is good until its own end. */
  renew(id: string): Promise<SessionToken>
  close(id: string): Promise<void>
}
