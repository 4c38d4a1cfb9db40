// Which paths a tunnel serves, and in whose words it refuses: both as the dialects of the gateway say.
import { dialects } from '../dialects/all.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** What a request asks for, by its method and path. */
export interface AskedFor {
  /** As entries name it, such as `chat`; where it is no operation that is known, what stands below `/v1` or `/api`. */
  readonly operation: string
  /** A question that the gateway answers by itself: it has no entry. */
  readonly discovery?: true
}

/** The dialect in which callers at a path read errors. */
export function spokenAt(path: string): Dialect {
  return dialects.find(({ paths }) => paths.test(withoutDoubledBase(path))) ?? (dialects[0] as Dialect)
}

/** Whether requests to a path go to the gateway: those below /v1, and what dialects have beside it. */
export function isServed(path: string): boolean {
  if (['GET', 'POST'].some((method) => dialects.some((dialect) => dialect.route(method, path)))) return true
  if (!path.startsWith('/v1/') || withoutDoubledBase(path) !== path) return false
  try {
    // The session's token is for inference alone, whatever someone behind the tunnel may read the path as.
    return !decodeURIComponent(path).split(/[/\\]/).includes('..')
  } catch {
    return false
  }
}

export function askedFor(method: string, path: string): AskedFor {
  for (const dialect of dialects) {
    const route = dialect.route(method, path)
    if (route?.kind === 'operation') return { operation: route.operation.name }
    if (route) return { operation: tail(path), discovery: true }
  }
  return { operation: tail(path) }
}

function tail(path: string): string {
  return path.replace(/^\/(?:v1|api)\//, '').slice(0, 60)
}

// What clients ask for that add /v1 to a base URL which has it already, or need none.
function withoutDoubledBase(path: string): string {
  return path.replace(/^\/v1(?=\/(?:v1|api)\/)/, '')
}
