import { Args, Flags } from '@oclif/core'
import { clientState } from '../assembly/client-state.ts'
import { portHeldBy } from '../assembly/port-holder.ts'
import { tunnelKey } from '../assembly/tunnel-key.ts'
import { chooseGateway } from '../login/client-state.ts'
import { SluiceError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { quoted, settingLine } from '../cli/shell.ts'
import { tunnelVariables } from '../cli/tunnel-variables.ts'
import { visible } from '../cli/visible.ts'
import { whoIsAt } from '../tunnel/front.ts'

const BEFORE_THEY_WERE_REMEMBERED = ['openai-chat']

export default class Env extends BaseCommand {
  static override summary = 'Print the variables that point tools at a tunnel.'
  static override description =
    'The address is that of the open tunnel to the model, or of the next one: ports stay the same, and so does the key, which opens these tunnels and nothing else.'
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
    const { model } = args
    const {
      url: gatewayUrl,
      ports = {},
      lastPorts = {},
      models = [],
      dialects = {},
    } = chooseGateway(await clientState().load(), flags.gateway)
    const known = [lastPorts, ports].flatMap((of) => (Object.hasOwn(of, model) ? (of[model] ?? []) : []))
    const [next] = known.slice(-1)
    if (next === undefined) {
      const near = nearest(model, [...Object.keys(ports), ...Object.keys(lastPorts), ...models])
      const meant = near === undefined || near === model ? '.' : `; did you mean ${near}?`
      throw new SluiceError('ERR_NOT_FOUND', `No tunnel to ${model} was opened on this machine yet${meant}`, {
        nextSteps: [`sluice connect ${quoted(near ?? model)}`],
      })
    }
    const key = await tunnelKey(gatewayUrl, model)
    const found = await Promise.all(known.map(async (port) => ({ port, by: await whoIsAt(port, key) })))
    const open = found.find(({ by }) => by === 'tunnel')?.port
    // Tools would give their prompts, and the key, to whoever it is.
    if (open === undefined && found.at(-1)?.by === 'another')
      throw new SluiceError('ERR_PORT_IN_USE', `No tunnel to ${model} is open: ${portHeldBy(next)}.`, {
        nextSteps: [`sluice connect ${quoted(model)}, which finds another port; then this again.`],
      })
    const variables = tunnelVariables(
      { url: `http://127.0.0.1:${open ?? next}`, key, model },
      Object.hasOwn(dialects, model) ? (dialects[model] ?? []) : BEFORE_THEY_WERE_REMEMBERED,
    )
    const { format } = flags
    if (format === 'json') this.printWhole(JSON.stringify(variables, null, 2))
    else
      for (const [name, value] of Object.entries(variables)) this.printWhole(settingLine(format, name, value))
    if (open === undefined)
      this.note(`No tunnel is open there now.\n  → sluice connect ${visible(quoted(model))}`)
    return variables
  }
}
