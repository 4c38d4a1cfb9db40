import { Args } from '@oclif/core'
import { inForce } from '../../assembly/in-force.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { gatewayFlag } from '../../cli/gateway-flag.ts'
import { visible } from '../../cli/visible.ts'

export default class AuditPolicy extends BaseCommand {
  static override summary = 'Show the policy or configuration that an entry names; for auditors.'
  static override description =
    'Entries carry digests: policy in each decision, policy and configuration where a gateway starts. The gateway keeps the texts, without secrets; what it shows is held against the digest here.'
  static override examples = [
    '<%= config.bin %> audit policy 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ]
  static override args = {
    digest: Args.string({ required: true, description: 'SHA-256 in hex, as entries have it.' }),
  }
  static override flags = { gateway: gatewayFlag }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(AuditPolicy)
    const text = await inForce(flags.gateway, args.digest)
    this.print(JSON.stringify(text, null, 2).split('\n').map(visible).join('\n'))
    return { digest: args.digest, text }
  }
}
