// The records port: small JSON documents with an expiry, for sign-ins, grants, tokens (hashed) and sessions.
import type { Json } from '../base/canonical-json.ts'

/**
 * Kinds keep apart what is stored (`AccessToken`, `Grant`, `session`, `subject` …). Every verb resolves only once its
 * effect is durable; all of them reject with ERR_STORE when the store fails.
 */
export interface Records {
  /** Inserts or replaces. `expiresAt` in epoch milliseconds; `group` ties records together so that they can be removed as one. */
  put(kind: string, key: string, value: Json, options?: { expiresAt?: number; group?: string }): Promise<void>
  /** Undefined where there is none, or it has expired. */
  get(kind: string, key: string): Promise<Json | undefined>
  remove(kind: string, key: string): Promise<void>
  /** Removes every record of the group, of every kind. */
  removeGroup(group: string): Promise<void>
}
