import { Flags } from '@oclif/core'
import { signOut } from '../assembly/sign-out.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { until } from '../cli/times.ts'

export default class Logout extends BaseCommand {
  static override summary = 'End your sign-in at the gateway, then forget it here.'
  static override examples = ['<%= config.bin %> logout']
  static override flags = {
    gateway: gatewayFlag,
    forget: Flags.boolean({
      description: 'Forget the gateway itself too: its ledger’s key, the pinned checkpoint, ports.',
    }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Logout)
    const { gateway, already, revoked, left, endsAt } = await signOut(flags)
    this.print(already ? `Already signed out  of ${gateway}` : `Signed out  of ${gateway}`)
    if (left) this.note('The keychain could not be opened: what it holds of this gateway stays there.')
    if (!revoked && endsAt !== undefined) {
      this.note(
        `The gateway could not be told. What it issued is forgotten here, and ends there at ${until(endsAt)}.`,
      )
    }
    return { gateway, already, revoked, left }
  }
}
