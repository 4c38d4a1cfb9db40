// What was in force by an entry's digest, as the gateway keeps it, held against that digest here.
import { createHash } from 'node:crypto'
import { SluiceError } from '../base/errors.ts'
import { openClient } from './client.ts'

/** The policy or configuration of that SHA-256 (hex). Rejects with ERR_LEDGER_INVALID for a text of another, and the gateway's refusals. */
export async function inForce(gateway: string | undefined, digest: string): Promise<object> {
  const client = await openClient({ gateway })
  const response = await client.fetch(`/api/v1/audit/text?digest=${encodeURIComponent(digest)}`)
  const text = await response.text()
  if (createHash('sha256').update(text).digest('hex') === digest) return JSON.parse(text) as object
  throw new SluiceError('ERR_LEDGER_INVALID', `What the gateway keeps under ${digest} is another text.`, {
    nextSteps: ['Keep this output and tell your security team: it was changed after the entry was made.'],
  })
}
