import { Flags } from '@oclif/core'
import { copyLedger, type PutAside } from '../../assembly/copy-ledger.ts'
import { ledgerAtHand } from '../../assembly/ledger.ts'
import { LedgerCommand } from '../../cli/ledger-command.ts'
import { colour } from '../../cli/colour.ts'
import { gatewayFlag } from '../../cli/gateway-flag.ts'
import { progress } from '../../cli/progress.ts'
import { counted, verifiedView } from '../../cli/verify-lines.ts'
import { visible } from '../../cli/visible.ts'

export default class AuditExport extends LedgerCommand {
  static override summary = 'Copy the whole ledger into a folder, verified on the way; for auditors.'
  static override description =
    'In the layout of tlog-tiles (c2sp.org/tlog-tiles), which other programs verify too. The checkpoint is written last, once all that it covers is there and verified. Into a folder with an earlier copy only what is new is fetched, and the ledger must extend that copy.'
  static override examples = [
    '<%= config.bin %> audit export --dir ledger-copy',
    '<%= config.bin %> audit export --dir ledger-copy --quiet --json',
  ]
  static override flags = {
    gateway: gatewayFlag,
    dir: Flags.string({ required: true, helpValue: 'DIR', description: 'The folder to write into.' }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(AuditExport)
    const ledger = await ledgerAtHand({
      gateway: flags.gateway,
      changes: this.ledgerChanges(flags),
    })
    const bar = progress('entries', this.quiet)
    let putAside: PutAside | undefined
    const onPutAside = (what: PutAside): void => {
      bar.end()
      putAside = what
      this.note(`${colour.yellow('Unsealed')}  ${visible(unsealed(flags.dir, what))}`)
    }
    const verified = await copyLedger(ledger, flags.dir, { onProgress: bar.update, onPutAside }).finally(() =>
      bar.end(),
    )
    await ledger.pin(verified.note)
    const { origin, size } = verified.checkpoint
    const copied = `${counted(size, 'entry', 'entries')} of ${origin}, with the checkpoint of ${size}`
    this.print(`${colour.bold.green('Copied')}    ${visible(flags.dir)}  ${visible(copied)}`)
    const { json } = verifiedView(verified)
    return { folder: flags.dir, ...json, ...(putAside && { unsealed: putAside }) }
  }
}

function unsealed(copy: string, { from, folder }: PutAside): string {
  const what = `from entry ${from} on, ${copy} held what an export had left that was cut off before its checkpoint`
  return `${what}: nothing signed for it, and it is not what the ledger holds. It stands in ${folder} now.`
}
