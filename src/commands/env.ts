import { Args, Flags } from '@oclif/core'
import { clientState } from '../assembly/client-state.ts'
import { chooseGateway } from '../login/client-state.ts'
import { SluiceError } from '../base/errors.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { tunnelVariables } from '../cli/tunnel-lines.ts'
import { frontOf } from '../tunnel/tunnel.ts'

const FORMATS = {
  sh: (name: string, value: string) => `export ${name}='${value}'`,
  fish: (name: string, value: string) => `set -gx ${name} '${value}'`,
  powershell: (name: string, value: string) => `$env:${name} = '${value}'`,
}

export default class Env extends BaseCommand {
  static override summary = 'Print the variables that point tools at a tunnel.'
  static override description =
    'The address is that of the open tunnel to the model, or of the next one: ports stay the same.'
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
    const { ports = {}, lastPorts = {} } = gateway
    const known = [lastPorts, ports].flatMap((of) => (Object.hasOwn(of, args.model) ? of[args.model] : []))
    const open = await firstOpen(known, frontOf(gateway.url, args.model))
    const port = open ?? known.at(-1)
    if (port === undefined)
      throw new SluiceError('ERR_NOT_FOUND', `No tunnel to ${args.model} was opened on this machine yet.`, {
        nextSteps: [`sluice connect ${args.model}`],
      })
    const url = `http://127.0.0.1:${port}`
    const variables = tunnelVariables(url)
    if (flags.format === 'json') this.print(JSON.stringify(variables, null, 2))
    else for (const [name, value] of Object.entries(variables)) this.print(FORMATS[flags.format](name, value))
    if (open === undefined) this.note(`No tunnel is open there now.\n  → sluice connect ${args.model}`)
    return variables
  }
}

async function firstOpen(ports: readonly (number | undefined)[], front: string): Promise<number | undefined> {
  for (const port of new Set(ports)) {
    try {
      const page = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(500) })
      if ((await page.text()).startsWith(`${front};`)) return port
    } catch {
      // Nobody is there.
    }
  }
  return undefined
}
