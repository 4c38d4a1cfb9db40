// Sessions: one connect or run, with a short-lived token that reaches inference on one model.
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { Caller } from '../terms/subject.ts'
import type { Records } from './records.ts'
import { hashOf, newSecret } from './secrets.ts'
import type { SignIns } from './sign-ins.ts'
import type { TokenSource } from './token-source.ts'

const SESSION_TOKEN_PREFIX = 'sst_'

export interface IssuedSession {
  readonly id: string
  readonly token: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export interface ClosedSession {
  readonly id: string
  readonly model: string
}

export interface Sessions {
  /** Opens a session for a caller of scope `cli`. It ends with the caller's sign-in. */
  open(caller: Caller, model: string): Promise<IssuedSession>
  /** Another token for the caller's own session; the one before is good until its own end. ERR_NOT_FOUND otherwise. */
  renew(caller: Caller, id: string): Promise<IssuedSession>
  /** Ends the caller's own session and its tokens. ERR_NOT_FOUND where there is none. */
  close(caller: Caller, id: string): Promise<ClosedSession>
  readonly tokens: TokenSource
  /** Calls back when a session is closed. Returns how to stop. */
  onClosed(listener: (id: string) => void): () => void
}

export interface SessionsParts {
  readonly records: Records
  readonly signIns: SignIns
  readonly clock: Clock
  readonly tokenLifetimeMs: number
}

interface StoredSession {
  readonly subject: string
  readonly signIn: string
  readonly model: string
  readonly endsAt: number
}

export function sessionsIn({ records, signIns, clock, tokenLifetimeMs }: SessionsParts): Sessions {
  const listeners = new Set<(id: string) => void>()

  async function issue(id: string, session: StoredSession): Promise<IssuedSession> {
    const token = newSecret(SESSION_TOKEN_PREFIX)
    const expiresAt = Math.min(clock.now() + tokenLifetimeMs, session.endsAt)
    const claims = { session: id, expiresAt }
    await records.put('session-token', hashOf(token), claims, { expiresAt, group: session.signIn })
    return { id, token, expiresAt }
  }

  async function own(caller: Caller, id: string): Promise<StoredSession> {
    requireCli(caller)
    const session = (await records.get('session', id)) as StoredSession | undefined
    // Another's session is as unknown as none: its existence is nobody's business.
    if (session && session.signIn === caller.signIn) return session
    throw new SluiceError('ERR_NOT_FOUND', 'There is no such session in this sign-in.', {
      nextSteps: ['Open a new session.'],
    })
  }

  return {
    async open(caller, model) {
      requireCli(caller)
      const signIn = await signIns.find(caller.signIn)
      if (!signIn)
        throw new SluiceError('ERR_TOKEN_INVALID', 'The sign-in has ended.', { nextSteps: ['sluice login'] })
      const id = newId('ses')
      const session: StoredSession = {
        subject: caller.subject.id,
        signIn: signIn.id,
        model,
        endsAt: signIn.endsAt,
      }
      await records.put('session', id, { ...session }, { expiresAt: signIn.endsAt, group: signIn.id })
      return issue(id, session)
    },
    async renew(caller, id) {
      return issue(id, await own(caller, id))
    },
    async close(caller, id) {
      const { model } = await own(caller, id)
      await records.remove('session', id)
      for (const listener of listeners) listener(id)
      return { id, model }
    },
    async tokens(token) {
      if (!token.startsWith(SESSION_TOKEN_PREFIX)) return undefined
      const claims = (await records.get('session-token', hashOf(token))) as
        { session: string; expiresAt: number } | undefined
      const session = claims && ((await records.get('session', claims.session)) as StoredSession | undefined)
      if (!session) return undefined
      const { subject, signIn, model } = session
      return { ...claims, subject, signIn, scope: 'inference', models: [model] }
    },
    onClosed(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function requireCli(caller: Caller): void {
  if (caller.scope === 'cli') return
  throw new SluiceError('ERR_FORBIDDEN', 'A session’s token reaches inference only.')
}
