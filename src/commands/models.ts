import { openClient } from '../assembly/client.ts'
import { listModels } from '../assembly/models.ts'
import { detectorFamilies } from '../assembly/detectors.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { detectorWords } from '../cli/on-record.ts'
import { table } from '../cli/table.ts'

export default class Models extends BaseCommand {
  static override summary = 'List the models that you may use.'
  static override examples = ['<%= config.bin %> models', '<%= config.bin %> models --json']
  static override flags = { gateway: gatewayFlag }

  async run(): Promise<object> {
    const { flags } = await this.parse(Models)
    const client = await openClient({ gateway: flags.gateway })
    const models = await listModels(client)
    if (models.length === 0) {
      this.note(
        `You may use no model at ${client.gatewayUrl}.\n  → Ask its operator for access; your groups there: sluice whoami --verify`,
      )
      return { models }
    }
    const words = (names: readonly string[]) =>
      detectorWords(names, detectorFamilies()).join(', ') || 'nothing'
    this.print(
      table(
        ['MODEL', 'MASKED IN REQUESTS', 'MASKED IN REPLIES', 'ON RECORD'],
        models.map(({ name, mask, record }) => [name, words(mask.request), words(mask.reply), record]),
      ),
    )
    this.note('  → sluice connect MODEL')
    return { models }
  }
}
