// Sign-ins: one login at the gateway, from which tokens and sessions descend.
import type { Clock } from '../base/clock.ts'
import type { Records } from './records.ts'

export interface SignIn {
  /** `sgn_…`; also the group of every record that ends with it. */
  readonly id: string
  readonly subject: string
  /** The machine's own name for itself, and the address that it came from. Others' text. */
  readonly machine: string
  readonly address: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endsAt: number
}

/** Why a sign-in ends before its time, if not by its owner: a used-up token of it came again, or who it was is erased. */
export type Revocation = 'token-reused' | 'subject-erased'

export type SignInListener = (
  entry: 'signed-in' | 'signed-out' | 'sign-in-revoked',
  signIn: SignIn,
  reason?: Revocation,
) => Promise<void> | void

export interface SignIns {
  /** Resolves once the sign-in is stored and its listener has agreed (has it on record). */
  begin(signIn: Omit<SignIn, 'startedAt' | 'endsAt'>): Promise<SignIn>
  find(id: string): Promise<SignIn | undefined>
  /** Ends a sign-in before its time, with every token and session of it. One that has ended already is left alone. */
  end(id: string, revoked?: Revocation): Promise<void>
  /** Calls back once a sign-in has ended before its time. Returns how to stop. */
  onEnded(listener: (id: string) => void): () => void
}

export interface SignInsParts {
  readonly records: Records
  readonly clock: Clock
  readonly lifetimeMs: number
  readonly onEvent: SignInListener
}

export function signInsIn({ records, clock, lifetimeMs, onEvent }: SignInsParts): SignIns {
  const listeners = new Set<(id: string) => void>()
  const ending = new Map<string, Promise<void>>()

  async function end(id: string, revoked: Revocation | undefined): Promise<void> {
    const signIn = (await records.get('sign-in', id)) as SignIn | undefined
    await records.removeGroup(id)
    for (const listener of listeners) listener(id)
    if (signIn) await (revoked ? onEvent('sign-in-revoked', signIn, revoked) : onEvent('signed-out', signIn))
  }

  return {
    async begin(given) {
      const startedAt = clock.now()
      const signIn: SignIn = { ...given, startedAt, endsAt: startedAt + lifetimeMs }
      await onEvent('signed-in', signIn)
      await records.put('sign-in', signIn.id, { ...signIn }, { expiresAt: signIn.endsAt, group: signIn.id })
      return signIn
    },
    async find(id) {
      return (await records.get('sign-in', id)) as SignIn | undefined
    },
    // Revoking one token makes its issuer end the sign-in several times over: they are one ending.
    end(id, revoked) {
      const begun = ending.get(id)
      if (begun) return begun
      const ended = end(id, revoked).finally(() => ending.delete(id))
      ending.set(id, ended)
      return ended
    },
    onEnded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
