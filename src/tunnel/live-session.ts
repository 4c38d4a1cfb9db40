// A session kept alive: its token renewed in time, the session opened anew after another sign-in.
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import type { Session, Sessions } from './sessions.ts'

/** A token is used only if it is good for at least this long. */
const MARGIN_MS = 30_000
// Whoever ends a tunnel doesn't wait for a gateway that is gone.
const CLOSE_MS = 3_000

export interface LiveSession {
  readonly current: Session
  /** A token that is good now, renewed first where needed. Rejects with ERR_SIGN_IN_EXPIRED, ERR_NOT_SIGNED_IN … */
  token(): Promise<string>
  /** The gateway refused this token: the next one is another. */
  refused(token: string): void
  /** Ends the session at the gateway; a gateway that is gone ends it by itself. */
  close(): Promise<void>
}

export interface LiveSessionParts {
  readonly sessions: Sessions
  readonly clock: Clock
  /** Called when another session had to be opened: after another sign-in, or when the gateway had ended the first. */
  readonly onReopened?: (session: Session) => void
}

export async function openLiveSession({
  sessions,
  clock,
  onReopened,
}: LiveSessionParts): Promise<LiveSession> {
  let session = await sessions.open()
  let pending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  schedule()

  return {
    get current() {
      return session
    },
    async token() {
      if (session.expiresAt - clock.now() < MARGIN_MS) await renewed()
      return session.token
    },
    refused(token) {
      if (session.token === token) session = { ...session, expiresAt: 0 }
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await Promise.race([sessions.close(session.id).catch(() => undefined), passed(CLOSE_MS)])
    },
  }

  // However many requests wait for it, the token is renewed once.
  function renewed(): Promise<void> {
    pending ??= renew().finally(() => {
      pending = undefined
      schedule()
    })
    return pending
  }

  async function renew(): Promise<void> {
    try {
      session = { ...session, ...(await sessions.renew(session.id)) }
    } catch (error) {
      if (!isGone(error)) throw error
      session = await sessions.open()
      onReopened?.(session)
    }
  }

  // In good time, so that no request waits for it. When it fails, the requests that need it try again and tell why.
  function schedule(): void {
    clearTimeout(timer)
    const left = session.expiresAt - clock.now()
    if (closed || left < 2 * MARGIN_MS) return
    timer = setTimeout(() => renewed().catch(() => undefined), (left * 2) / 3)
    timer.unref()
  }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof SluiceError &&
    ['ERR_NOT_FOUND', 'ERR_FORBIDDEN', 'ERR_TOKEN_INVALID'].includes(error.code)
  )
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
