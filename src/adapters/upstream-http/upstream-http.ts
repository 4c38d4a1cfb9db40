// The upstream port over HTTP/1.1, by undici: pooled, streamed with backpressure, aborted at once.
import { Pool, type Dispatcher } from 'undici'
import { SluiceError } from '../../base/errors.ts'
import type { Upstream, UpstreamCall, UpstreamReply } from '../../gateway/upstream.ts'

export interface UpstreamTarget {
  /** Base URL without a trailing slash, such as `http://127.0.0.1:9000/v1`. */
  readonly url: string
  /** Headers that carry the gateway's own credentials. */
  readonly headers: Readonly<Record<string, string>>
}

// How long a model server may think before its first byte, and between two.
const SILENCE_MS = 300_000
const CONNECT_MS = 10_000
// Errors that come before the request has left: another attempt costs nothing twice.
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** `targets` by model name. Models of one origin share its connections. */
export function createHttpUpstream(targets: ReadonlyMap<string, UpstreamTarget>): Upstream {
  const pools = new Map<string, Pool>()
  const routes = new Map<string, { pool: Pool; path: string; headers: Record<string, string> }>()
  for (const [model, target] of targets) {
    const url = new URL(target.url)
    let pool = pools.get(url.origin)
    if (!pool) {
      pool = new Pool(url.origin, {
        connect: { timeout: CONNECT_MS },
        headersTimeout: SILENCE_MS,
        bodyTimeout: SILENCE_MS,
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
          headers: route.headers,
          body: call.body,
          signal: call.signal,
        })
        return view(reply)
      } catch (cause) {
        throw call.signal.aborted ? cause : unreachable(cause)
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

function view(reply: Dispatcher.ResponseData): UpstreamReply {
  return {
    status: reply.statusCode,
    contentType: header(reply, 'content-type').split(';', 1)[0]?.trim().toLowerCase() ?? '',
    contentEncoding: header(reply, 'content-encoding').trim().toLowerCase(),
    retryAfter: header(reply, 'retry-after') || undefined,
    body: told(reply.body),
    discard() {
      // Reads what little may be left, so that the connection can serve again; closes it where there is much.
      reply.body.dump({ limit: 16_384, signal: AbortSignal.timeout(1_000) }).catch(() => undefined)
    },
  }
}

/** The body, whose errors are told in the registry's words. */
function told(body: Dispatcher.ResponseData['body']): AsyncIterable<Buffer> {
  return {
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
      return {
        async next() {
          try {
            return await chunks.next()
          } catch (cause) {
            if ((cause as Error).name === 'AbortError') throw cause
            throw new SluiceError(
              'ERR_UPSTREAM_FAILED',
              'The model server broke off in the middle of its reply.',
              { cause },
            )
          }
        },
        async return() {
          body.destroy()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

function unreachable(cause: unknown): SluiceError {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  if (NOT_SENT.has(code)) {
    return new SluiceError('ERR_UPSTREAM_UNREACHABLE', `The model server can't be reached (${code}).`, {
      cause,
    })
  }
  return new SluiceError(
    'ERR_UPSTREAM_FAILED',
    'The model server closed the connection before it answered.',
    { cause },
  )
}

function header(reply: Dispatcher.ResponseData, name: string): string {
  const value = reply.headers[name]
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '')
}
