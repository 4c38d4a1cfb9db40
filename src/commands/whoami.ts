import { Flags } from '@oclif/core'
import { pinnedLedger, type Remembered, rememberedSignIn, whoamiLine } from '../assembly/whoami.ts'
import { localTime } from '../base/foreign-time.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { visible } from '../cli/visible.ts'

type Answer = Omit<Remembered, 'gateway'> & {
  readonly groups: readonly string[]
  readonly roles: readonly string[]
}

export default class Whoami extends BaseCommand {
  static override summary = 'Say who is signed in, where, and until when.'
  static override description =
    'Answers from what this machine remembers; with --verify, the gateway is asked. With --ledger-key, the key that this machine has pinned for the gateway’s ledger, also after the sign-in has ended: to be compared with the one that the gateway prints at its start, or handed to a witness.'
  static override examples = [
    '<%= config.bin %> whoami',
    '<%= config.bin %> whoami --verify --json',
    '<%= config.bin %> whoami --ledger-key > ledger.vkey',
  ]
  static override flags = {
    gateway: gatewayFlag,
    verify: Flags.boolean({ description: 'Ask the gateway.' }),
    'ledger-key': Flags.boolean({
      exclusive: ['verify'],
      description: 'Print the pinned key of the gateway’s ledger, and nothing else.',
    }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Whoami)
    if (flags['ledger-key']) {
      const pinned = await pinnedLedger(flags.gateway)
      this.print(visible(pinned.vkey))
      return pinned
    }
    if (flags.verify) return this.verified(flags.gateway)
    const remembered = await rememberedSignIn(flags.gateway)
    this.print(whoamiLine(remembered))
    return { ...remembered, verified: false }
  }

  private async verified(wanted: string | undefined): Promise<object> {
    const { openClient } = await import('../assembly/client.ts')
    const client = await openClient({ gateway: wanted })
    const response = await client.fetch('/api/v1/whoami')
    const { subject, groups, roles, signInExpiresAt: end } = (await response.json()) as Answer
    const time = localTime(end, response.headers.get('date'), Date.now())
    const signInExpiresAt = Number.isNaN(time) ? end : new Date(time).toISOString()
    const confirmed = { gateway: client.gatewayUrl, subject, signInExpiresAt }
    this.print(whoamiLine(confirmed))
    this.print(`Groups  ${groups.map(visible).join(', ') || 'none'}`)
    if (roles.length > 0) this.print(`Roles   ${roles.map(visible).join(', ')}`)
    return { ...confirmed, groups, roles, verified: true }
  }
}
