// The upstream port over HTTP/1.1, by undici: pooled, streamed with backpressure, aborted at once.
import { Pool, type Dispatcher } from 'undici'
import { SluiceError } from '../../base/errors.ts'
import type { Upstream, UpstreamCall, UpstreamReply } from '../../gateway/upstream.ts'
import { Deadlines, USUAL_TIMES, type UpstreamTimes } from './deadlines.ts'
import { onlyInformed, unanswered, unconnected } from './faults.ts'
import { view } from './reply.ts'
import { inSlices } from './slices.ts'

export interface UpstreamTarget {
  /** Base URL without a trailing slash, such as `http://127.0.0.1:9000/v1`. */
  readonly url: string
  /** Headers that carry the gateway's own credentials. */
  readonly headers: Readonly<Record<string, string>>
}

// No server has more to say before it answers.
const INFORMATIONAL_AT_MOST = 32

/** `targets` by model name. Models of one origin share its connections. `times` override the usual ones. */
export function createHttpUpstream(
  targets: ReadonlyMap<string, UpstreamTarget>,
  given: Partial<UpstreamTimes> = {},
): Upstream {
  const times = { ...USUAL_TIMES, ...given }
  const pools = new Map<string, Pool>()
  const routes = new Map<string, { pool: Pool; path: string; headers: Record<string, string> }>()
  // Errors of connections that did not come about: of requests that waited for one, nothing was sent.
  const unsent = new WeakSet<Error>()
  for (const [model, target] of targets) {
    const url = new URL(target.url)
    let pool = pools.get(url.origin)
    if (!pool) {
      pool = new Pool(url.origin, {
        connect: { timeout: times.connect },
        headersTimeout: 0,
        bodyTimeout: times.silence,
      })
      pool.on('connectionError', (_origin, _targets, error) => void unsent.add(error))
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
      const deadlines = new Deadlines(call.signal, times)
      const { body, headers } = inSlices(call.body)
      let informed = 0
      try {
        const reply: Dispatcher.ResponseData = await route.pool.request({
          method: 'POST',
          path: (call.beside ? route.path.replace(/\/v1$/, '') : route.path) + call.path,
          headers: { ...call.headers, 'x-request-id': call.exchange, ...route.headers, ...headers },
          body,
          signal: deadlines.signal,
          onInfo() {
            if (++informed > INFORMATIONAL_AT_MOST) deadlines.end(onlyInformed())
          },
        })
        deadlines.begun()
        return view(reply, deadlines, times.silence)
      } catch (cause) {
        deadlines.clear()
        if (call.signal.aborted || cause instanceof SluiceError) throw cause
        throw unsent.has(cause as Error) ? unconnected(cause) : unanswered(cause)
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}
