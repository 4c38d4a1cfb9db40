import { Flags } from '@oclif/core'
import { clientState, openClient } from '../assembly/client.ts'
import { SluiceError } from '../base/errors.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { until } from '../cli/until.ts'
import { visible } from '../cli/visible.ts'
import { chooseGateway, type GatewayRecord } from '../login/client-state.ts'

interface Verified {
  readonly subject: { readonly id: string; readonly name: string }
  readonly groups: readonly string[]
  readonly roles: readonly string[]
  readonly signInExpiresAt: string
}

export default class Whoami extends BaseCommand {
  static override summary = 'Say who is signed in, where, and until when.'
  static override description =
    'Answers from what this machine remembers; with --verify, the gateway is asked.'
  static override examples = ['<%= config.bin %> whoami', '<%= config.bin %> whoami --verify --json']
  static override flags = {
    gateway: gatewayFlag,
    verify: Flags.boolean({ description: 'Ask the gateway.' }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Whoami)
    return flags.verify ? this.verified(flags.gateway) : this.remembered(flags.gateway)
  }

  private async remembered(wanted: string | undefined): Promise<object> {
    const record = chooseGateway(await clientState().load(), wanted)
    const { url, subject, signInExpiresAt } = signedIn(record)
    this.print(`${visible(subject.name)} at ${url}, until ${until(signInExpiresAt)}`)
    return { gateway: url, subject, signInExpiresAt, verified: false }
  }

  private async verified(gateway: string | undefined): Promise<object> {
    const client = await openClient({ gateway })
    const response = await client.fetch('/api/v1/whoami')
    const { subject, groups, roles, signInExpiresAt } = (await response.json()) as Verified
    const { gatewayUrl: url } = client
    this.print(`${visible(subject.name)} at ${url}, until ${until(signInExpiresAt)}`)
    this.print(`Groups  ${groups.map(visible).join(', ') || 'none'}`)
    if (roles.length > 0) this.print(`Roles   ${roles.join(', ')}`)
    return { gateway: url, subject, groups, roles, signInExpiresAt, verified: true }
  }
}

function signedIn(
  record: GatewayRecord,
): GatewayRecord & Required<Pick<GatewayRecord, 'subject' | 'signInExpiresAt'>> {
  const { url, subject, signInExpiresAt } = record
  const nextSteps = ['sluice login']
  if (!subject || signInExpiresAt === undefined) {
    throw new SluiceError('ERR_NOT_SIGNED_IN', `You are not signed in at ${url}.`, { nextSteps })
  }
  if (Date.parse(signInExpiresAt) <= Date.now()) {
    throw new SluiceError('ERR_SIGN_IN_EXPIRED', `Your sign-in at ${url} has ended.`, { nextSteps })
  }
  return { ...record, subject, signInExpiresAt }
}
