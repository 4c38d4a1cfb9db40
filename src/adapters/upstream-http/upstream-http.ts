// The upstream port over HTTP/1.1, by undici: pooled, streamed with backpressure, aborted at once.
import { Pool, type Dispatcher } from 'undici'
import { SluiceError } from '../../base/errors.ts'
import type { Upstream, UpstreamCall, UpstreamReply } from '../../gateway/upstream.ts'
import { brokenOff, unanswered } from './faults.ts'

export interface UpstreamTarget {
  /** Base URL without a trailing slash, such as `http://127.0.0.1:9000/v1`. */
  readonly url: string
  /** Headers that carry the gateway's own credentials. */
  readonly headers: Readonly<Record<string, string>>
}

// How long a model server may think before its first byte, and between two.
const SILENCE_MS = 300_000
const CONNECT_MS = 10_000
// What is read of a reply that nobody wants, so that its connection can serve again.
const LEFT_BYTES = 16_384
const LEFT_MS = 1_000

/** `targets` by model name. Models of one origin share its connections. */
export function createHttpUpstream(
  targets: ReadonlyMap<string, UpstreamTarget>,
  silenceMs = SILENCE_MS,
): Upstream {
  const pools = new Map<string, Pool>()
  const routes = new Map<string, { pool: Pool; path: string; headers: Record<string, string> }>()
  for (const [model, target] of targets) {
    const url = new URL(target.url)
    let pool = pools.get(url.origin)
    if (!pool) {
      pool = new Pool(url.origin, {
        connect: { timeout: CONNECT_MS },
        headersTimeout: silenceMs,
        bodyTimeout: silenceMs,
      })
      pools.set(url.origin, pool)
    }
    const headers = {
      'content-type': 'application/json',
      accept: '*/*',
      'accept-encoding': 'identity',
      ...target.headers,
    }
    routes.set(model, { pool, path: url.pathname.replace(/\/$/, ''), headers })
  }

  return {
    async send(call: UpstreamCall): Promise<UpstreamReply> {
      const route = routes.get(call.model)
      if (!route) throw new SluiceError('ERR_INTERNAL', 'A model without an upstream.')
      try {
        const reply = await route.pool.request({
          method: 'POST',
          path: route.path + call.path,
          headers: { 'x-request-id': call.exchange, ...route.headers },
          body: call.body,
          signal: call.signal,
        })
        return view(reply)
      } catch (cause) {
        throw call.signal.aborted ? cause : unanswered(cause)
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

function view(reply: Dispatcher.ResponseData): UpstreamReply {
  const { body } = reply
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  return {
    status: reply.statusCode,
    contentType: header(reply, 'content-type').split(';', 1)[0]?.trim().toLowerCase() ?? '',
    contentEncoding: header(reply, 'content-encoding').trim().toLowerCase(),
    retryAfter: header(reply, 'retry-after') || undefined,
    body: { [Symbol.asyncIterator]: () => told(chunks, body) },
    discard: () => void readOut(chunks, body),
  }
}

/** The body, whose errors are told in the registry's words. */
function told(chunks: AsyncIterator<Buffer>, body: Dispatcher.ResponseData['body']): AsyncIterator<Buffer> {
  return {
    async next() {
      try {
        return await chunks.next()
      } catch (cause) {
        throw (cause as Error).name === 'AbortError' ? cause : brokenOff(cause)
      }
    },
    async return() {
      body.destroy()
      return { done: true, value: undefined }
    },
  }
}

/** Reads the little that may be left, so that the connection can serve again; closes it where there is more. Never rejects. */
async function readOut(chunks: AsyncIterator<Buffer>, body: Dispatcher.ResponseData['body']): Promise<void> {
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
    body.destroy()
  }
}

function header(reply: Dispatcher.ResponseData, name: string): string {
  const value = reply.headers[name]
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '')
}
