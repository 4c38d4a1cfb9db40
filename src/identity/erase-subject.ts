// Erasing whose a subject's id is: the person's sign-ins end, the name is gone, and the ledger keeps the id alone.
import type { Clock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import type { Caller } from '../terms/subject.ts'
import type { SignIns } from './sign-ins.ts'
import type { Subjects } from './subjects.ts'

/** What the ledger does for it. */
export interface ErasureLedger {
  /** Every sign-in that the subject began since then (epoch milliseconds). */
  signInsOf(subject: string, since: number): Promise<readonly string[]>
  /** Makes it durable that the subject is erased, and by whom. Resolves with the entry's index. */
  record(subject: string, by: string): Promise<number>
}

export interface ErasureParts extends ErasureLedger {
  readonly subjects: Subjects
  readonly signIns: SignIns
  readonly clock: Clock
  /** How long a sign-in lives. */
  readonly signInMs: number
}

export interface Erasure {
  readonly entry: number
}

/** How recent the sign-in must be by which somebody erases. */
const RECENT_MS = 600_000
// Times of entries and of sign-ins are taken one after the other.
const SLACK_MS = 60_000

/** Rejects with ERR_FORBIDDEN for a caller who may not, and ERR_NOT_FOUND for an id that is nobody's any more. */
export async function eraseSubject(parts: ErasureParts, caller: Caller, id: string): Promise<Erasure> {
  const { subjects, signIns, clock } = parts
  if (!caller.subject.roles.includes('eraser')) {
    throw new SluiceError('ERR_FORBIDDEN', 'Erasing who a subject is needs the role eraser.', {
      nextSteps: ['Ask the gateway’s operator: roles.eraser names the groups that have it.'],
    })
  }
  const signIn = await signIns.find(caller.signIn)
  if (!signIn || clock.now() - signIn.startedAt > RECENT_MS) {
    throw new SluiceError('ERR_FORBIDDEN', 'Erasing needs a sign-in of at most 10 minutes ago.', {
      nextSteps: ['sluice login'],
    })
  }
  if (!(await subjects.find(id))) {
    throw new SluiceError(
      'ERR_NOT_FOUND',
      'No subject of this id is known: it never was, or is erased already.',
    )
  }
  const since = clock.now() - parts.signInMs - SLACK_MS
  for (const begun of await parts.signInsOf(id, since)) await signIns.end(begun, 'subject-erased')
  // First on record: whoever is interrupted after it finds the name still there, and erases again.
  const entry = await parts.record(id, caller.subject.id)
  await subjects.forget(id)
  return { entry }
}
