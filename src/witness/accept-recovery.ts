// A witness goes on with a log that lost entries and says so; never by itself, but where its own operator says that it may.
import { recoveryFor } from '../audit/recovery.ts'
import type { Loss } from '../audit/recovery.ts'
import { recoveriesIn } from '../audit/recovery-receipts.ts'
import { fault } from '../audit/verify/fault.ts'
import { SluiceError } from '../base/errors.ts'
import type { Witness } from './add-checkpoint.ts'

/** A loss that was accepted: the witness cosigns on from the entry that tells of it. */
export interface AcceptedLoss extends Loss {
  readonly origin: string
}

/**
 * By the receipt of the entry that tells of it. Undefined where it was accepted before, or nothing that was cosigned is
 * lost. Throws ERR_USAGE where it is no such receipt, ERR_LEDGER_INVALID where it does not account for what was cosigned.
 */
export function acceptRecovery(
  { state, now }: Pick<Witness, 'state' | 'now'>,
  vkeys: readonly string[],
  receipt: string,
): AcceptedLoss | undefined {
  const [recovery] = recoveriesIn([receipt], vkeys)
  if (!recovery) {
    const message = '--accept-recovery is no receipt of a recovery, signed by a log that this witness knows.'
    throw new SluiceError('ERR_USAGE', message, {
      nextSteps: ['sluice audit receipt ENTRY, at that gateway, writes it.'],
    })
  }
  const { checkpoint, restored, index, note } = recovery
  const { origin, size, root } = checkpoint
  const known = state.latest(origin)
  if (!known || known.size <= restored) return undefined
  if (state.hasStartedAgain(origin, recovery)) return undefined
  if (!recoveryFor([recovery], known, known.time)) {
    const what = `entry ${index} does not account for the ${known.size} entries cosigned before`
    throw fault('forked', `forked or rolled back: ${what}`, restored)
  }
  state.startAgain(origin, recovery, { size, root, note, time: now() })
  return { recovery, origin, seen: known.size, source: 'cosigned by this witness' }
}
