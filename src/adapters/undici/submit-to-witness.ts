// A witness over HTTP, https://c2sp.org/tlog-witness: checkpoints are posted to it.
import type { Submit } from '../../gateway/submission.ts'
import type { Fetch } from './company-fetch.ts'

// A line for each of its keys; whoever sends more is not waited for.
const LONGEST_REPLY = 16_384

/** `url` is the witness's submission prefix. */
export function submitToWitness(url: string, fetch: Fetch): Submit {
  const address = `${url.replace(/\/+$/, '')}/add-checkpoint`
  return async (body, signal) => {
    // It is asked what it said itself: another address has not its key.
    const response = await fetch(address, { method: 'POST', body, signal, redirect: 'error' })
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      length += chunk.length
      if (length > LONGEST_REPLY) break
    }
    return { status: response.status, body: Buffer.concat(chunks).toString('utf8', 0, LONGEST_REPLY) }
  }
}
