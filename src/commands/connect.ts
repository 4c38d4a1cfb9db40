import { Args, Flags } from '@oclif/core'
import { openClient } from '../assembly/client.ts'
import { detectorFamilies } from '../assembly/detectors.ts'
import { openModelTunnel, type ModelTunnel } from '../assembly/tunnel.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { envCommand } from '../cli/shell.ts'
import { onRecord } from '../cli/on-record.ts'
import { reasonOf, watchEndSignals } from '../cli/signals.ts'
import { closingLine, listeningBlock, requestLine } from '../cli/tunnel-lines.ts'
import { closedObject, listeningObject, requestObject } from '../cli/tunnel-objects.ts'
import { visible } from '../cli/visible.ts'

export default class Connect extends BaseCommand {
  static override summary = 'Open a local address for a model.'
  static override description =
    'Point any tool at the address, with the key that `env` sets. It stays open until ^C, which lets requests finish; a second ^C cuts them off. With --json, one object a line.'
  static override examples = [
    '<%= config.bin %> connect qwen-coder',
    '<%= config.bin %> connect qwen-coder --port 5000',
    '<%= config.bin %> connect qwen-coder --keyless',
  ]
  static override args = {
    model: Args.string({ required: true, description: 'The model (see: sluice models).' }),
  }
  static override flags = {
    gateway: gatewayFlag,
    port: Flags.integer({
      char: 'p',
      min: 1,
      max: 65535,
      description:
        'The port to listen on. [default: the first one of this model, else 4141 or the next free one]',
      noCacheDefault: true,
    }),
    keyless: Flags.boolean({
      description:
        'Take any key, or none, from programs of your own user; where the system does not tell whose a program is (all but Linux), from any program of this machine.',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Connect)
    const tunnel = await openModelTunnel({
      client: await openClient({ gateway: flags.gateway }),
      model: args.model,
      version: this.config.version,
      port: flags.port,
      keyless: flags.keyless,
      onExchange: (exchange) =>
        this.tell(requestObject(exchange), () => !this.quiet && requestLine(exchange)),
      onReopened: ({ subject }) =>
        this.note(`Signed in again as ${visible(subject.name)}: a new session is open.`),
    })
    const signals = watchEndSignals()
    const { url, session, taken, takenBy, access } = tunnel
    if (taken !== undefined) {
      const by = takenBy === undefined ? '' : ` by ${visible(takenBy)}`
      this.note(`${taken} is in use${by}; listening on ${tunnel.port}.`)
    }
    const { model, signInExpiresAt } = session
    this.tell(listeningObject(tunnel, session), () =>
      listeningBlock(
        {
          url,
          model: model.name,
          dialects: model.dialects,
          subject: session.subject.name,
          signInExpiresAt,
          onRecord: onRecord(model.record, model.mask, detectorFamilies()),
          access,
          envCommand: envCommand(visible(model.name), flags.gateway),
        },
        Date.now(),
      ),
    )
    const signal = await signals.first
    if (signal === 'SIGINT') await Promise.race([this.drained(tunnel), signals.second])
    await tunnel.close()
    const counts = tunnel.counts()
    this.tell(closedObject(signal, counts), () => closingLine(reasonOf(signal), counts))
  }

  private async drained(tunnel: ModelTunnel): Promise<void> {
    const { inFlight } = tunnel.counts()
    if (inFlight > 0) this.note(`Waiting for ${inFlight} on the way; ^C again cuts off.`)
    await tunnel.drain()
  }

  private tell(object: object, text: () => string | false): void {
    if (this.jsonEnabled()) return this.printJson(object)
    const line = text()
    if (line !== false) this.print(line)
  }
}
