import { Args } from '@oclif/core'
import { inspectGatewayFile } from '../../assembly/gateway-file.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { configError } from '../../config/load.ts'

export default class GatewayRotateKey extends BaseCommand {
  static override summary = 'Give the ledger another signing key; the former one vouches for it.'
  static override description =
    'While the gateway is stopped. An entry names both keys, and the checkpoint that ends with it is signed by both: machines that pinned the former key go over to the new one by that proof. ' +
    'The former key is removed. Where several gateways share the ledger, stop all of them, and copy the new key to each. Cut off, it is finished by the next start, or by this command.'
  static override examples = [
    '<%= config.bin %> gateway rotate-key',
    '<%= config.bin %> gateway rotate-key /etc/sluice/sluice.yaml',
  ]
  static override args = {
    file: Args.string({ default: 'sluice.yaml', description: 'The configuration file.' }),
  }

  async run(): Promise<object> {
    const { args } = await this.parse(GatewayRotateKey)
    const { config, problems } = inspectGatewayFile(args.file)
    if (!config) throw configError(problems, args.file)
    const { rotateLedgerKey } = await import('../../assembly/rotate-key.ts')
    const { vkey, before } = await rotateLedgerKey(config)
    this.print(before === undefined ? 'Finished  the rotation that was cut off' : `Rotated   ${before}`)
    this.print(`Ledger    ${vkey}`)
    this.note('Give the new key to witnesses and to whoever verifies with --vkey.')
    return { ledger: vkey, ...(before !== undefined && { before }) }
  }
}
