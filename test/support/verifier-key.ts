// Keys that ledgers are verified by, for tests that verify nothing.
import { generateSkey, signerOf } from '../../src/audit/note.ts'

/** A new ledger's verifier key. */
export function verifierKey(name: string): string {
  return signerOf(generateSkey(name)).vkey
}
