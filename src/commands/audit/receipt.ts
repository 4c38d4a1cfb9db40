import { Args, Flags } from '@oclif/core'
import { receiptFromFolder, receiptFromGateway, writeReceipt } from '../../assembly/receipts.ts'
import { SluiceError } from '../../base/errors.ts'
import { LedgerCommand } from '../../cli/ledger-command.ts'
import { colour } from '../../cli/colour.ts'
import { gatewayFlag } from '../../cli/gateway-flag.ts'
import { visible } from '../../cli/visible.ts'

export default class AuditReceipt extends LedgerCommand {
  static override summary = 'Write the proof that an entry is on record, which verifies alone.'
  static override description =
    'A tlog-proof (c2sp.org/tlog-proof) with the entry in it: who has the ledger’s key needs nothing else to verify it. Entries of others are for auditors.'
  static override examples = [
    '<%= config.bin %> audit receipt 41',
    '<%= config.bin %> audit receipt 41 --dir ledger-copy --out entry-41.tlog-proof',
  ]
  static override args = {
    entry: Args.custom<number>({
      parse: async (text) => entryNumber(text),
    })({
      required: true,
      description: 'The entry’s number, as audit tail shows it.',
    }),
  }
  static override flags = {
    gateway: gatewayFlag,
    dir: Flags.string({
      helpValue: 'DIR',
      exclusive: ['gateway'],
      description: 'A ledger in the layout of tlog-tiles, instead of the gateway’s.',
    }),
    out: Flags.string({
      helpValue: 'FILE',
      description: 'The file to write; entry-N.tlog-proof where left out. It must not exist yet.',
    }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(AuditReceipt)
    const { entry } = args
    const receipt =
      flags.dir === undefined
        ? await receiptFromGateway(flags.gateway, entry, this.ledgerChanges(flags))
        : await receiptFromFolder(flags.dir, entry)
    const file = flags.out ?? `entry-${entry}.tlog-proof`
    writeReceipt(file, receipt)
    this.print(`${colour.bold.green('Written')}   ${visible(file)}  the receipt of entry ${entry}`)
    this.note(`  → sluice audit verify --receipt ${visible(file)} --vkey KEY`)
    return { entry, file, bytes: Buffer.byteLength(receipt) }
  }
}

// Not by Args.integer: what that complains of, oclif doesn't mark as a complaint.
function entryNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new SluiceError('ERR_USAGE', `ENTRY must be an entry’s number, from 0 up, not "${text}".`, {
    nextSteps: ['sluice audit tail, which shows it behind #'],
  })
}
