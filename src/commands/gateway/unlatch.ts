import { Args, Flags } from '@oclif/core'
import { inspectGatewayFile } from '../../assembly/gateway-file.ts'
import { findLatch, unlatch, type Latched } from '../../assembly/unlatch.ts'
import { agreed } from '../../cli/agreed.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { configError } from '../../config/load.ts'

const QUESTION = 'Go on from what is stored now?'

export default class GatewayUnlatch extends BaseCommand {
  static override summary = 'Let a gateway go on whose ledger went back behind what it had acknowledged.'
  static override description =
    'A store that lost entries, such as one restored from a backup or failed over to a copy that lagged, latches the ledger: the gateway ' +
    'lets nothing through, and does not start. Tells what was acknowledged and what the store holds now, and asks. ' +
    'Where the entries can be restored, restore them first; where they are lost, gateway recover puts that on record, so that whoever saw them is told.'
  static override examples = [
    '<%= config.bin %> gateway unlatch',
    '<%= config.bin %> gateway unlatch /etc/sluice/sluice.yaml --yes',
  ]
  static override args = {
    file: Args.string({ default: 'sluice.yaml', description: 'The configuration file.' }),
  }

  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(GatewayUnlatch)
    const { config, problems } = inspectGatewayFile(args.file)
    if (!config) throw configError(problems, args.file)
    const latched = await findLatch(config)
    if (!latched) {
      this.print('The ledger is not latched.')
      return { latched: false }
    }
    for (const line of told(latched)) this.ask(line)
    if (
      !flags.yes &&
      !(await agreed(QUESTION, 'Where what is stored is to be gone on from: sluice gateway unlatch --yes'))
    ) {
      this.print('Left as it is.')
      return { latched: true, ...latched }
    }
    unlatch(config)
    this.print(`Unlatched. The next start goes on from ${latched.stored?.size ?? 0} entries.`)
    return { latched: false, ...latched }
  }
}

function told({ reason, since, acknowledged, stored }: Latched): string[] {
  const holds = stored ? `${stored.size} entries, root ${stored.root}` : 'no ledger'
  const lost = acknowledged.size - (stored?.size ?? 0)
  return [
    `Latched       since ${since}: ${reason}`,
    `Acknowledged  ${acknowledged.size} entries, root ${acknowledged.root}`,
    `Stored now    ${holds}`,
    lost > 0
      ? `Missing       the last ${lost}, from index ${stored?.size ?? 0} on: whoever pinned them will find the ledger rolled back`
      : 'Compare       the entries with what auditors have pinned: the ledger may be another branch',
  ]
}
