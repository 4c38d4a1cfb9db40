import { Args, Flags } from '@oclif/core'
import { erase } from '../../assembly/erase.ts'
import { agreed } from '../../cli/agreed.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { colour } from '../../cli/colour.ts'
import { gatewayFlag } from '../../cli/gateway-flag.ts'
import { visible } from '../../cli/visible.ts'

export default class AuditEraseSubject extends BaseCommand {
  static override summary = 'Erase whose entries these are: for good, and on record.'
  static override description =
    'Entries name people by opaque ids. This erases the name behind one at the gateway, and ends the person’s sign-ins; the entries stay, and still verify. Needs the role eraser and a sign-in of at most 10 minutes ago. Whoever signs in again is given another id.'
  static override examples = ['<%= config.bin %> audit erase-subject sub_b6QuGYwWxhFQWyZynL0kEb']
  static override args = {
    subject: Args.string({ required: true, description: 'The opaque id: audit tail --all --json tells it.' }),
  }
  static override flags = {
    gateway: gatewayFlag,
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(AuditEraseSubject)
    const subject = visible(args.subject)
    const without = 'Where it is to be erased all the same: add --yes'
    if (!flags.yes && !(await agreed(`Erase whose id ${subject} is, for good?`, without))) {
      this.print('Left as it is.')
      return { subject: args.subject, erased: false }
    }
    const { entry } = await erase(flags.gateway, args.subject)
    this.print(`${colour.bold.green('Erased')}    whose id ${subject} is; entry ${entry} says so`)
    return { subject: args.subject, erased: true, entry }
  }
}
