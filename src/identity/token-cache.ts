// The authenticator of the hot path: tokens looked up once, then known for a few seconds.
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import type { Caller } from '../terms/subject.ts'
import type { Authenticator } from './authenticator.ts'
import { hashOf } from './secrets.ts'
import type { SignIns } from './sign-ins.ts'
import type { Sessions } from './sessions.ts'
import type { Subjects } from './subjects.ts'
import type { TokenSource } from './token-source.ts'

/** How long a token found good is not looked up again: other replicas hear of a revocation this late. */
const KNOWN_MS = 5_000
const KNOWN_AT_MOST = 20_000
const TOKEN = /^[A-Za-z0-9_~-]{20,200}$/

export interface TokenCacheParts {
  readonly sources: readonly TokenSource[]
  readonly subjects: Subjects
  readonly signIns: SignIns
  readonly sessions: Sessions
  readonly clock: Clock
}

export interface TokenCache extends Authenticator {
  /** The caller of a token that is known at this moment, without any look-up. */
  known(token: string): Caller | undefined
}

interface Known {
  readonly caller: Caller
  readonly until: number
}

export function tokenCache(parts: TokenCacheParts): TokenCache {
  const { clock } = parts
  const known = new Map<string, Known>()
  // Bumped by each revocation, so that a look-up that it overtook is not remembered.
  let revocations = 0

  const forget = (which: (caller: Caller) => boolean): void => {
    revocations++
    for (const [key, { caller }] of known) if (which(caller)) known.delete(key)
  }
  parts.signIns.onEnded((signIn) => forget((caller) => caller.signIn === signIn))
  parts.sessions.onClosed((session) => forget((caller) => caller.session === session))

  const fresh = (key: string): Caller | undefined => {
    const found = known.get(key)
    return found && found.until > clock.now() ? found.caller : undefined
  }

  async function lookUp(key: string, token: string): Promise<Caller> {
    const began = revocations
    const caller = await callerOf(token)
    if (began === revocations) {
      known.delete(key)
      if (known.size >= KNOWN_AT_MOST) known.delete(known.keys().next().value as string)
      known.set(key, { caller, until: Math.min(clock.now() + KNOWN_MS, caller.expiresAt) })
    }
    return caller
  }

  async function callerOf(token: string): Promise<Caller> {
    for (const source of parts.sources) {
      const claims = await source(token)
      if (!claims || claims.expiresAt <= clock.now()) continue
      const subject = await parts.subjects.find(claims.subject)
      if (!subject) continue
      const { signIn, session, scope, models, expiresAt } = claims
      return { subject, signIn, session, scope, expiresAt, ...(models && { models }) }
    }
    throw invalid()
  }

  return {
    known: (token) => fresh(hashOf(token)),
    async authenticate(token) {
      const key = hashOf(token)
      const caller = fresh(key)
      if (caller) return caller
      if (!TOKEN.test(token)) throw invalid()
      return lookUp(key, token)
    },
    onRevoked: (listener) => parts.signIns.onEnded(listener),
  }
}

function invalid(): SluiceError {
  return new SluiceError('ERR_TOKEN_INVALID', 'The token is unknown, expired or revoked.', {
    nextSteps: ['sluice login'],
  })
}
