// Opaque secrets: 256 random bits, which a store knows only by their hash.
import { hash, randomBytes } from 'node:crypto'

/** A new secret, such as `sst_…` with prefix `sst_`. */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** What the store keeps of a secret, and finds it by: SHA-256 in base64url. */
export function hashOf(secret: string): string {
  return hash('sha256', secret, 'base64url')
}
