// Having the gateway erase whose a subject's id is.
import { openClient } from './client.ts'

/** Resolves with the entry that says so. Rejects with the gateway's refusals. */
export async function erase(
  gateway: string | undefined,
  subject: string,
): Promise<{ readonly entry: number }> {
  const client = await openClient({ gateway })
  const response = await client.fetch(`/api/v1/subjects/${encodeURIComponent(subject)}`, { method: 'DELETE' })
  return (await response.json()) as { entry: number }
}
