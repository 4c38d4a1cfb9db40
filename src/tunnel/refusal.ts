// Why the gateway refused: the message of an error reply, read while its bytes pass.
import type { IncomingHttpHeaders } from 'node:http'

const LARGEST = 16 * 1024

export interface RefusalReader {
  push(chunk: Buffer): void
  /** The message; undefined where there is none, or it is too long to be one. */
  reason(): string | undefined
}

/** A reader for a 4xx reply in JSON; undefined for every other. */
export function refusalReader(status: number, headers: IncomingHttpHeaders): RefusalReader | undefined {
  if (status < 400 || status >= 500 || !/^application\/json\b/i.test(headers['content-type'] ?? ''))
    return undefined
  let chunks: Buffer[] = []
  let length = 0
  return {
    push(chunk) {
      length += chunk.length
      if (length <= LARGEST) chunks.push(chunk)
      else chunks = []
    },
    reason: () => (length > LARGEST ? undefined : messageOf(Buffer.concat(chunks).toString())),
  }
}

// The request's id is at the end of the gateway's messages, for logs; here it says nothing.
function messageOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } | null }
    if (typeof error?.message === 'string') return error.message.replace(/ \(req_\w+\)$/, '')
  } catch {
    // Not an error of the gateway's.
  }
  return undefined
}
