import { Args, Flags } from '@oclif/core'
import { inspectGatewayFile } from '../../assembly/gateway-file.ts'
import { agreed } from '../../cli/agreed.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { configError } from '../../config/load.ts'

const REASONS = ['backup-restored', 'failed-over', 'store-damaged'] as const
const QUESTION = 'Put that on record, and go on from what is stored?'

interface Found {
  readonly stored: Head
  readonly restored: number
  readonly lost: Head | undefined
}

interface Head {
  readonly size: number
  readonly root: Uint8Array
}

export default class GatewayRecover extends BaseCommand {
  static override summary = 'Put on record what a ledger lost when an older copy of it was put back.'
  static override description =
    'While the gateway is stopped, and before it starts on the restored store. An entry names the newest checkpoint that is known of what was lost: machines and witnesses that saw it are told, and asked once, instead of alarmed; what the entry does not account for is refused as before. ' +
    'The checkpoint is one that somebody else has: a witness’s newest, a machine’s pin, cosigned/newest of an export. Where the ledger latched, the acknowledged one is known already.'
  static override examples = [
    '<%= config.bin %> gateway recover --checkpoint newest.txt',
    '<%= config.bin %> gateway recover /etc/sluice/sluice.yaml --checkpoint - --yes < newest.txt',
    '<%= config.bin %> gateway recover --checkpoint newest.txt --restored 1204',
  ]
  static override args = {
    file: Args.string({ default: 'sluice.yaml', description: 'The configuration file.' }),
  }

  static override flags = {
    checkpoint: Flags.string({
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
      description: 'A checkpoint that covers what was lost, as somebody kept it; - for stdin.',
    }),
    restored: Flags.integer({
      min: 0,
      helpValue: 'N',
      description: 'How many entries the backup held, where the gateway has run since.',
    }),
    reason: Flags.option({
      options: REASONS,
      default: 'backup-restored' as const,
      description: 'What the entry gives as the reason.',
    })(),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(GatewayRecover)
    const { config, problems } = inspectGatewayFile(args.file)
    if (!config) throw configError(problems, args.file)
    const { findRecovery } = await import('../../assembly/recover.ts')
    const { restored, reason } = flags
    const found = await findRecovery(config, { checkpoints: flags.checkpoint ?? [], restored, reason })
    try {
      for (const line of told(found)) this.ask(line)
      if (found.recorded !== undefined) {
        const { index, name } = await found.record()
        this.print(`On record already: entry ${index} tells of it. The gateway can start.`)
        return { recovered: true, entry: index, name, ...asJson(found) }
      }
      const isAgreed =
        flags.yes ||
        (await agreed(QUESTION, 'Where that is to be put on record: the same command with --yes'))
      if (!isAgreed) {
        this.print('Left as it is.')
        return { recovered: false, ...asJson(found) }
      }
      const { index, name } = await found.record()
      this.print(`Recovered  entry ${index} tells of it. The next start goes on from there.`)
      this.note(`Machines that saw more ask, or are told beforehand: --accept-recovery ${name}`)
      this.note(
        'Witnesses that saw more need the entry’s receipt: sluice audit witness --accept-recovery FILE',
      )
      return { recovered: true, entry: index, name, ...asJson(found) }
    } finally {
      await found.close()
    }
  }
}

function told({ stored, restored, lost }: Found): string[] {
  const since = stored.size - restored
  const more = since > 0 ? `; ${since} of them from after the backup` : ''
  const stands = `Stored now  ${stored.size} entries, root ${base64(stored.root)}${more}`
  if (!lost) {
    const who = `no checkpoint is given: whoever saw more than ${restored} entries will refuse the ledger`
    return [stands, `Lost        not known, from index ${restored} on; ${who}`]
  }
  const count = lost.size - restored
  const range =
    count === 1 ? `1 entry, index ${restored}` : `${count} entries, index ${restored} to ${lost.size - 1}`
  return [
    `Seen        ${lost.size} entries, root ${base64(lost.root)}`,
    stands,
    `Lost        ${range}, at least: whoever saw up to there is told, whoever saw more will refuse the ledger`,
  ]
}

function asJson({ stored, restored, lost }: Found): object {
  const plain = ({ size, root }: Head) => ({ size, root: base64(root) })
  return { restored, stored: plain(stored), ...(lost && { lost: plain(lost) }) }
}

function base64(root: Uint8Array): string {
  return Buffer.from(root).toString('base64')
}
