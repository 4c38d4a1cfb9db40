// What every command shares that reads a gateway's ledger: how it is told that the ledger is not as it was known.
import { Flags } from '@oclif/core'
import { BaseCommand } from './base-command.ts'
import { goOnAfter } from './recovery.ts'
import { rotationLine } from './rotation-line.ts'

const acceptRecovery = Flags.integer({
  min: 0,
  helpValue: 'ENTRY',
  description: 'Go on, without being asked, with a ledger that lost entries and says so in this one.',
})

export abstract class LedgerCommand extends BaseCommand {
  static override baseFlags = { ...BaseCommand.baseFlags, 'accept-recovery': acceptRecovery }

  protected ledgerChanges(flags: { readonly 'accept-recovery'?: number | undefined }) {
    return {
      onRotation: (rotation: Parameters<typeof rotationLine>[0]) => this.note(rotationLine(rotation)),
      onRecovery: (loss: Parameters<typeof goOnAfter>[0]) =>
        goOnAfter(loss, flags['accept-recovery'], (line) => this.ask(line)),
    }
  }
}
