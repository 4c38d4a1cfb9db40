import { Args, Flags } from '@oclif/core'
import { openClient } from '../assembly/client.ts'
import { openModelTunnel } from '../assembly/tunnel.ts'
import { SluiceError } from '../base/errors.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { runChild } from '../cli/child.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { jsonLine } from '../cli/output.ts'
import { closingLine, requestLine } from '../cli/tunnel-lines.ts'
import { requestObject } from '../cli/tunnel-objects.ts'
import { tunnelVariables } from '../cli/tunnel-variables.ts'

export default class Run extends BaseCommand {
  static override summary = 'Run a command with a model at hand.'
  static override description =
    'Opens a tunnel for as long as the command runs, and tells it the address in the variables that the clients of the model’s APIs read: OPENAI_BASE_URL and OPENAI_API_KEY, ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN, OLLAMA_HOST. Ends with its exit code.'
  static override examples = [
    '<%= config.bin %> run qwen-coder -- aider',
    '<%= config.bin %> run qwen-coder -- claude',
  ]
  static override usage = 'run MODEL -- COMMAND...'
  static override strict = false
  static override args = {
    model: Args.string({ required: true, description: 'The model (see: sluice models).' }),
  }
  static override flags = {
    gateway: gatewayFlag,
    verbose: Flags.boolean({ char: 'v', description: 'Print a line per request on stderr.' }),
  }

  // Stdout is the command's own.
  protected override printJson(value: object): void {
    process.stderr.write(jsonLine(value))
  }

  async run(): Promise<void> {
    const end = this.argv.indexOf('--')
    const command = end < 0 ? [] : this.argv.slice(end + 1)
    const { args, flags } = await this.parse(Run, end < 0 ? this.argv : this.argv.slice(0, end))
    if (command.length === 0)
      throw new SluiceError('ERR_USAGE', 'There is no command to run.', {
        nextSteps: [`Put it after --, such as: sluice run ${args.model} -- aider`],
      })
    const json = this.jsonEnabled()
    const tunnel = await openModelTunnel({
      client: await openClient({ gateway: flags.gateway }),
      model: args.model,
      version: this.config.version,
      port: 0,
      onExchange: (exchange) => {
        if (json) this.printJson(requestObject(exchange))
        else if (flags.verbose) this.note(requestLine(exchange))
      },
    })
    const { url, key, session } = tunnel
    try {
      process.exitCode = await runChild(command, {
        ...process.env,
        ...tunnelVariables({ url, key, model: args.model }, session.model.dialects),
      })
    } finally {
      await tunnel.close()
    }
    if (flags.verbose && !json) this.note(closingLine('the command has ended', tunnel.counts()))
  }
}
