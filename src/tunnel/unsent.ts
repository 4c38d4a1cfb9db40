// What of a request that failed is sure not to have reached a model: only that is ever sent again.
import { SluiceError } from '../base/errors.ts'

// What the gateway's session API says while it restarts.
const SESSION_LATER = ['ERR_GATEWAY_UNREACHABLE', 'ERR_GATEWAY_STOPPING', 'ERR_LEDGER_UNAVAILABLE']
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/

/**
 * Whether nothing of a request has left, and another attempt may do better. SluiceErrors are those of the session, which
 * comes first; all others those of the connection.
 */
export function isWorthAnother(thrown: unknown): boolean {
  if (causes(thrown).some(({ code = '' }) => UNTRUSTED.test(code))) return false
  return thrown instanceof SluiceError ? SESSION_LATER.includes(thrown.code) : isUnsent(thrown)
}

/** Whether the connection that a request was to go over never came about. */
export function isUnsent(thrown: unknown): boolean {
  return causes(thrown).some(
    ({ code, syscall, message }) =>
      syscall === 'connect' ||
      syscall === 'getaddrinfo' ||
      code === 'UND_ERR_CONNECT_TIMEOUT' ||
      message.startsWith('Client network socket disconnected before secure TLS') ||
      message.startsWith('Proxy response'),
  )
}

function causes(thrown: unknown): NodeJS.ErrnoException[] {
  const all: NodeJS.ErrnoException[] = []
  for (let error = thrown; error instanceof Error && all.length < 5; error = error.cause) {
    // Where a name has several addresses, each has failed in its own way.
    all.push(error, ...(error instanceof AggregateError ? (error.errors as Error[]) : []))
  }
  return all
}
