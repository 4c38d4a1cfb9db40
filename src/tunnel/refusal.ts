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

// OpenAI's and Anthropic's errors are objects with a message, Ollama's are the message itself.
function messageOf(text: string): string | undefined {
  let message: unknown
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } | string | null }
    message = typeof error === 'string' ? error : error?.message
  } catch {
    // Not an error of the gateway's.
  }
  if (typeof message !== 'string') return undefined
  // The code and the request's id, for logs: here they say nothing.
  return message.replace(/^ERR_[A-Z_]+: /, '').replace(/ \(req_\w+\)$/, '')
}
