import { Args, Flags } from '@oclif/core'
import { inspectGatewayFile } from '../../assembly/gateway-file.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { colour } from '../../cli/colour.ts'
import { watchEndSignals } from '../../cli/signals.ts'
import { configError, problemLine } from '../../config/load.ts'

export default class GatewayStart extends BaseCommand {
  static override summary = 'Start the gateway and serve until it is told to stop.'
  static override description =
    'SIGTERM or ^C stops accepting, lets streams finish within `limits.drain`, and records the rest as interrupted. ' +
    'The log is JSON on stderr: request ids, no content. With --json, stdout has one object a line.'
  static override examples = [
    '<%= config.bin %> gateway start',
    '<%= config.bin %> gateway start /etc/sluice/sluice.yaml',
  ]
  static override args = {
    file: Args.string({ default: 'sluice.yaml', description: 'The configuration file.' }),
  }

  static override flags = {
    'accept-clock': Flags.boolean({
      description: 'Start although the clock does not go with the newest entry of the ledger: it is right.',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GatewayStart)
    const { config, problems } = inspectGatewayFile(args.file)
    if (!config) throw configError(problems, args.file)
    for (const problem of problems)
      this.note(`${colour.yellow('Warning')}  ${problemLine(problem, args.file)}`)
    // From here on there is something to put in order before the process ends.
    const signals = watchEndSignals()
    void signals.second.then(() => process.exit(1))
    const { startGateway } = await import('../../assembly/gateway.ts')
    const gateway = await startGateway(config, {
      version: this.config.version,
      anyClock: flags['accept-clock'],
    })
    const models = config.models.map(({ name }) => name)
    if (this.jsonEnabled())
      this.printJson({ event: 'serving', url: gateway.url, ledger: gateway.vkey, models })
    this.print(`Serving   ${gateway.url}  ${models.join(', ')}`)
    this.print(`Ledger    ${gateway.vkey}`)
    const signal = await signals.first
    this.note(`Stopping on ${signal}; a second one ends at once.`)
    await gateway.stop()
    if (this.jsonEnabled()) this.printJson({ event: 'stopped', by: signal })
    this.print('Stopped')
  }
}
