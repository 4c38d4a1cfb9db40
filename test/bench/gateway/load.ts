// Sends requests at a fixed concurrency and waits until every reply has been read to its end.
import { Pool } from 'undici'
import type { Cut } from './upstream.ts'

const PROMPT =
  'Please summarise the following ticket for the weekly report, in two sentences and without names. '

/** A request of about so many KiB. */
export function chatBody(stream?: { events: number; cut: Cut }, size = 1): string {
  const messages = [{ role: 'user', content: PROMPT.repeat(Math.round(9 * size)) }]
  if (!stream) return JSON.stringify({ model: 'm', messages })
  return JSON.stringify({ model: 'm', stream: true, max_tokens: stream.events, user: stream.cut, messages })
}

export async function load(
  origin: string,
  token: string,
  body: string,
  count: number,
  concurrency: number,
): Promise<void> {
  const pool = new Pool(origin, { connections: concurrency, headersTimeout: 60_000, bodyTimeout: 60_000 })
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const reply = await pool.request({
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body,
      })
      if (reply.statusCode !== 200) throw new Error(`HTTP ${reply.statusCode}: ${await reply.body.text()}`)
      let bytes = 0
      for await (const chunk of reply.body) bytes += (chunk as Buffer).length
      if (bytes < 500) throw new Error('a short reply')
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  await pool.close()
}
