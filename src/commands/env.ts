import { Args, Flags } from '@oclif/core'
import { clientState } from '../assembly/client-state.ts'
import { chooseGateway } from '../login/client-state.ts'
import { SluiceError } from '../base/errors.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { tunnelVariables } from '../cli/tunnel-lines.ts'

const FORMATS = {
  sh: (name: string, value: string) => `export ${name}='${value}'`,
  fish: (name: string, value: string) => `set -gx ${name} '${value}'`,
  powershell: (name: string, value: string) => `$env:${name} = '${value}'`,
}

export default class Env extends BaseCommand {
  static override summary = 'Print the variables that point tools at a tunnel.'
  static override description =
    'The address is that of the open tunnel to the model, or of the last one: ports stay the same.'
  static override examples = [
    'eval "$(<%= config.bin %> env qwen-coder)"',
    '<%= config.bin %> env qwen-coder --format fish | source',
  ]
  static override args = { model: Args.string({ required: true, description: 'The model of the tunnel.' }) }
  static override flags = {
    gateway: gatewayFlag,
    format: Flags.option({
      options: ['sh', 'fish', 'powershell', 'json'] as const,
      default: 'sh',
      description: 'The shell that reads it.',
    })(),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Env)
    const gateway = chooseGateway(await clientState().load(), flags.gateway)
    const { ports = {} } = gateway
    const port = Object.hasOwn(ports, args.model) ? ports[args.model] : undefined
    if (port === undefined)
      throw new SluiceError('ERR_NOT_FOUND', `No tunnel to ${args.model} was opened on this machine yet.`, {
        nextSteps: [`sluice connect ${args.model}`],
      })
    const url = `http://127.0.0.1:${port}`
    const variables = tunnelVariables(url)
    if (flags.format === 'json') this.print(JSON.stringify(variables, null, 2))
    else for (const [name, value] of Object.entries(variables)) this.print(FORMATS[flags.format](name, value))
    if (!(await isOpen(url, gateway.url)))
      this.note(`No tunnel is open there now.\n  → sluice connect ${args.model}`)
    return variables
  }
}

async function isOpen(url: string, gateway: string): Promise<boolean> {
  try {
    const front = await fetch(url, { signal: AbortSignal.timeout(500) })
    return (await front.text()).startsWith(`sluice tunnel to ${gateway};`)
  } catch {
    return false
  }
}
