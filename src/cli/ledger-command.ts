// What every command shares that reads a gateway's ledger: how it is told that the ledger is not as it was known.
import { Flags } from '@oclif/core'
import { SluiceError } from '../base/errors.ts'
import { BaseCommand } from './base-command.ts'
import { goOnAfter } from './recovery.ts'
import { rotationLine } from './rotation-line.ts'

const acceptRecovery = Flags.string({
  helpValue: 'ENTRY:HASH',
  description: 'Go on, without being asked, with a ledger that lost entries and says so in this one.',
})

export abstract class LedgerCommand extends BaseCommand {
  static override baseFlags = { ...BaseCommand.baseFlags, 'accept-recovery': acceptRecovery }

  /** Throws ERR_USAGE where what is to be gone along with is named wrongly. */
  protected ledgerChanges({
    'accept-recovery': accepted,
  }: {
    readonly 'accept-recovery'?: string | undefined
  }) {
    if (accepted !== undefined && !/^\d{1,15}:[0-9a-f]{32}$/.test(accepted)) {
      throw new SluiceError('ERR_USAGE', `--accept-recovery must be ENTRY:HASH, not "${accepted}".`, {
        nextSteps: ['The same command without it: it tells what was lost, and how that is named.'],
      })
    }
    return {
      onRotation: (rotation: Parameters<typeof rotationLine>[0]) => this.note(rotationLine(rotation)),
      onRecovery: (loss: Parameters<typeof goOnAfter>[0]) =>
        goOnAfter(loss, accepted, (line) => this.ask(line)),
    }
  }
}
