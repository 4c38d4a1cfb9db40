// A reply of a model server as its port shows it: what is needed of the head, and a body whose errors are told in the registry's words.
import type { Dispatcher } from 'undici'
import { SluiceError } from '../../base/errors.ts'
import type { UpstreamReply } from '../../gateway/upstream.ts'
import { silentFor, type Deadlines } from './deadlines.ts'
import { brokenOff, codeOf } from './faults.ts'

// What is read of a reply that nobody wants, so that its connection can serve again.
const LEFT_BYTES = 16_384
const LEFT_MS = 1_000

type Body = Dispatcher.ResponseData['body']

/** The deadlines are cleared once the body has ended, however that comes. `silenceMs` is told where it was too long. */
export function view(reply: Dispatcher.ResponseData, deadlines: Deadlines, silenceMs: number): UpstreamReply {
  const { body } = reply
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  return {
    status: reply.statusCode,
    contentType: header(reply, 'content-type').split(';', 1)[0]?.trim().toLowerCase() ?? '',
    contentEncoding: codings(reply),
    retryAfter: header(reply, 'retry-after') || undefined,
    body: { [Symbol.asyncIterator]: () => told(chunks, body, deadlines, silenceMs) },
    discard: () => void readOut(chunks, body, deadlines),
  }
}

function told(
  chunks: AsyncIterator<Buffer>,
  body: Body,
  deadlines: Deadlines,
  silenceMs: number,
): AsyncIterator<Buffer> {
  return {
    async next() {
      try {
        const next = await chunks.next()
        if (next.done) deadlines.clear()
        return next
      } catch (cause) {
        deadlines.clear()
        if (cause instanceof SluiceError || (cause as Error).name === 'AbortError') throw cause
        throw codeOf(cause) === 'UND_ERR_BODY_TIMEOUT' ? silentFor(silenceMs, cause) : brokenOff(cause)
      }
    },
    async return() {
      deadlines.clear()
      body.destroy()
      return { done: true, value: undefined }
    },
  }
}

/** Reads the little that may be left, so that the connection can serve again; closes it where there is more. Never rejects. */
async function readOut(chunks: AsyncIterator<Buffer>, body: Body, deadlines: Deadlines): Promise<void> {
  const timer = setTimeout(() => body.destroy(), LEFT_MS)
  try {
    for (let left = LEFT_BYTES; left >= 0;) {
      const { done, value } = await chunks.next()
      if (done) return
      left -= value.length
    }
  } catch {
    // It broke off: nobody is waiting for it.
  } finally {
    clearTimeout(timer)
    deadlines.clear()
    body.destroy()
  }
}

/** Every coding that lies on the body, whichever header names it; chunks are no coding. */
function codings(reply: Dispatcher.ResponseData): string {
  const named = `${header(reply, 'content-encoding')},${header(reply, 'transfer-encoding')}`
  const list = named.split(',').map((one) => one.trim().toLowerCase())
  return list.filter((one) => one !== '' && one !== 'chunked' && one !== 'identity').join(', ')
}

/** All values of a header: where a server repeats one, none of them speaks for the others. */
function header(reply: Dispatcher.ResponseData, name: string): string {
  const value = reply.headers[name]
  return Array.isArray(value) ? value.join(', ') : (value ?? '')
}
