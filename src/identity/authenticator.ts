// The authenticator port: who holds this token.
import type { Caller } from '../terms/subject.ts'

export interface Authenticator {
  /**
   * The caller behind a bearer token (an access token of the CLI, or a session token of a tunnel). Throws
   * ERR_TOKEN_INVALID for one that is unknown, expired, revoked or malformed. A token found good may be remembered
   * for a few seconds, and is forgotten at once when it is revoked in this process.
   */
  authenticate(token: string): Promise<Caller>
  /** Calls back when a sign-in ends before its time, so that streams in flight can be cut off. Returns how to stop. */
  onRevoked(listener: (signIn: string) => void): () => void
}
