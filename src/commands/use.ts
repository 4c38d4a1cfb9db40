import { Args } from '@oclif/core'
import { clientState } from '../assembly/client-state.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { table } from '../cli/table.ts'
import { until } from '../cli/times.ts'
import { chooseGateway, type GatewayRecord } from '../login/client-state.ts'

export default class Use extends BaseCommand {
  static override summary = 'Choose the gateway that commands mean, or list those that you know.'
  static override examples = ['<%= config.bin %> use', '<%= config.bin %> use https://gw.example.com']
  static override args = { url: Args.string({ description: 'A gateway where you have signed in.' }) }

  async run(): Promise<object> {
    const { args } = await this.parse(Use)
    const state = clientState()
    if (args.url !== undefined) {
      const { url } = chooseGateway(await state.load(), args.url)
      await state.update((now) => ({ ...now, current: url }))
      this.print(`Using  ${url}`)
      return { current: url }
    }
    const { current, gateways } = await state.load()
    const known = Object.values(gateways)
    if (known.length === 0) this.note('You know no gateway yet. Sign in: sluice login URL')
    else {
      this.print(
        table(
          ['', 'GATEWAY', 'WHO', 'UNTIL'],
          known.map((record) => [
            record.url === current ? '*' : '',
            record.url,
            record.subject?.name ?? 'signed out',
            validity(record),
          ]),
        ),
      )
    }
    return {
      current,
      gateways: known.map(({ url, subject, signInExpiresAt }) => ({ url, subject, signInExpiresAt })),
    }
  }
}

function validity({ signInExpiresAt }: GatewayRecord): string {
  if (signInExpiresAt === undefined) return ''
  return Date.parse(signInExpiresAt) > Date.now() ? until(signInExpiresAt) : 'ended'
}
