import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { loadGatewayFile } from '../../assembly/gateway-file.ts'

export default class GatewayStart extends BaseCommand {
  static override summary = 'Start the gateway and serve until it is told to stop.'
  static override description =
    'SIGTERM or ^C stops accepting, lets streams finish within `limits.drain`, and records the rest as interrupted. ' +
    'The log is JSON on stderr: request ids, no content.'
  static override examples = [
    '<%= config.bin %> gateway start',
    '<%= config.bin %> gateway start /etc/sluice/sluice.yaml',
  ]
  static override args = {
    file: Args.string({ default: 'sluice.yaml', description: 'The configuration file.' }),
  }

  async run(): Promise<object> {
    const { args } = await this.parse(GatewayStart)
    const config = loadGatewayFile(args.file)
    const { startGateway } = await import('../../assembly/gateway.ts')
    const gateway = await startGateway(config, { version: this.config.version })
    this.print(`Serving   ${gateway.url}  ${config.models.map((model) => model.name).join(', ')}`)
    this.print(`Ledger    ${gateway.vkey}`)
    const signal = await new Promise<string>((resolve) => {
      for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => resolve(name))
    })
    this.note(`Stopping on ${signal}; a second one ends at once.`)
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => process.exit(1))
    await gateway.stop()
    this.print('Stopped')
    return { stopped: signal }
  }
}
