import { Flags } from '@oclif/core'
import { type Client, openClient } from '../../assembly/client.ts'
import { ledgerAtHand, type LedgerAtHand, verifyInThreads } from '../../assembly/ledger.ts'
import { type LedgerChanges, withNewestKey } from '../../assembly/ledger-key.ts'
import { ownEntries } from '../../assembly/own-entries.ts'
import { verifyReceiptFile } from '../../assembly/receipts.ts'
import { firstSince } from '../../audit/verify/since.ts'
import type { WitnessedAnchor } from '../../audit/verify/witnessed.ts'
import { isOfSession, sessionEntries, withoutOutcome } from '../../audit/verify/session-entries.ts'
import { SluiceError } from '../../base/errors.ts'
import { LedgerCommand } from '../../cli/ledger-command.ts'
import { colour } from '../../cli/colour.ts'
import { gatewayFlag } from '../../cli/gateway-flag.ts'
import { progress } from '../../cli/progress.ts'
import { parseSince } from '../../cli/since.ts'
import { counted, sessionView, unanchored, verifiedView } from '../../cli/verify-lines.ts'
import { visible } from '../../cli/visible.ts'

const VERIFIED = 'Verified '

export default class AuditVerify extends LedgerCommand {
  static override summary = 'Verify what is on record: every entry, every hash, the signature.'
  static override description =
    'Without flags, your own entries at the gateway. With --all, the whole ledger, for auditors; with --dir, one that was exported, without a gateway. The first entry that is wrong is named, and how. What this machine pinned before, what --checkpoint holds, and what a --witness has cosigned, is what the ledger must extend; without such an anchor and the key the answer is "consistent, unanchored" (exit 11).'
  static override examples = [
    '<%= config.bin %> audit verify',
    '<%= config.bin %> audit verify --all --since 7d',
    '<%= config.bin %> audit verify --dir ledger-copy --vkey ledger.vkey --checkpoint seen-in-may.txt',
    '<%= config.bin %> audit verify --receipt entry-41.tlog-proof --vkey ledger.vkey',
  ]
  static override flags = {
    gateway: gatewayFlag,
    dir: Flags.string({
      helpValue: 'DIR',
      exclusive: ['all', 'gateway'],
      description: 'A ledger in the layout of tlog-tiles, such as audit export writes.',
    }),
    all: Flags.boolean({ description: 'The whole ledger, everyone’s entries; for auditors.' }),
    session: Flags.string({ helpValue: 'ID', description: 'Tell of this session’s entries.' }),
    since: Flags.string({
      helpValue: 'TIME',
      description: 'Only from then on: 90s, 30m, 1h, 2d, or a time.',
    }),
    vkey: Flags.string({
      helpValue: 'KEY|FILE',
      description: 'The ledger’s key, instead of the one pinned here.',
    }),
    checkpoint: Flags.string({
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
      description: 'A checkpoint of this ledger, seen before: the ledger must extend it.',
    }),
    witness: Flags.string({
      helpValue: 'KEY|FILE',
      multiple: true,
      multipleNonGreedy: true,
      description: 'A witness’s key: the ledger must extend what it has cosigned.',
    }),
    receipt: Flags.string({
      helpValue: 'FILE',
      exclusive: ['all', 'dir', 'gateway', 'session', 'since', 'checkpoint', 'witness'],
      description: 'Verify a receipt alone, as audit receipt writes it.',
    }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(AuditVerify)
    const since = flags.since === undefined ? undefined : parseSince(flags.since, Date.now())
    if (flags.receipt !== undefined) return this.receipt(flags.receipt, flags.vkey)
    if (flags.dir === undefined && !flags.all) {
      if (flags.vkey !== undefined || flags.checkpoint !== undefined) {
        throw new SluiceError('ERR_USAGE', '--vkey and --checkpoint are for --all, --dir and --receipt.')
      }
      return this.own(await openClient({ gateway: flags.gateway }), this.ledgerChanges(flags), since, flags)
    }
    const ledger = await ledgerAtHand({
      gateway: flags.gateway,
      folder: flags.dir,
      vkey: flags.vkey,
      checkpoints: flags.checkpoint,
      witnesses: flags.witness,
      changes: this.ledgerChanges(flags),
    })
    return this.whole(ledger, since, flags.session)
  }

  private async whole(ledger: LedgerAtHand, since: number | undefined, session: string | undefined) {
    const gathered = session === undefined ? undefined : sessionEntries(session)
    const { files, trust, witnessed } = ledger
    const bar = progress('entries', this.quiet)
    const verified = await verifyInThreads({
      ...trust,
      files,
      onProgress: bar.update,
      ...(gathered && { onBundle: gathered.look }),
      ...(since !== undefined && { from: (checkpoint) => firstSince(files, checkpoint, since) }),
    }).finally(() => bar.end())
    await ledger.pin(verified.note)
    const view = verifiedView(verified)
    if (!verified.isSigned || !verified.anchor) throw unanchored(verified, view)
    this.print(`${colour.bold.green(VERIFIED)} ${visible(view.sentence)}`)
    this.print(`${colour.bold('Anchor')}    ${visible(view.anchorSentence)}`)
    this.tellWitnesses(witnessed)
    const told =
      gathered && sessionView(session ?? '', gathered.found, withoutOutcome(gathered.found), view.complete)
    if (told) this.print(`${colour.bold('Session')}   ${visible(told.sentence)}`)
    return {
      status: 'verified',
      ...view.json,
      ...witnessedJson(witnessed),
      ...(told && { session: told.json }),
    }
  }

  private async own(
    opened: Client,
    changes: LedgerChanges,
    since: number | undefined,
    { session, witness: witnesses }: { session?: string | undefined; witness?: string[] | undefined },
  ) {
    const client = await withNewestKey(opened, changes)
    const { entries, size, witnessed } = await ownEntries(
      client,
      since,
      ({ entry }) => session === undefined || isOfSession(entry, session),
      witnesses,
    )
    const proved = `${counted(entries.length, 'entry', 'entries')} of yours, each in the checkpoint of ${size}`
    const told =
      session === undefined
        ? undefined
        : sessionView(
            session,
            entries,
            withoutOutcome(entries),
            'that none was left out can only be proved to an auditor: --all',
          )
    this.print(`${colour.bold.green(VERIFIED)} ${proved} in ${visible(client.gateway.ledger.origin)}`)
    this.tellWitnesses(witnessed)
    if (told) this.print(`${colour.bold('Session')}   ${visible(told.sentence)}`)
    else this.note('That none was left out can only be proved to an auditor: others’ entries lie between.')
    return {
      status: 'verified',
      own: true,
      entries: entries.length,
      size,
      ...witnessedJson(witnessed),
      ...(told && { session: told.json }),
    }
  }

  private tellWitnesses(witnessed: readonly WitnessedAnchor[]): void {
    for (const { size, source } of witnessed)
      this.print(`${colour.bold('Witness')}   it extends the checkpoint of ${size} ${visible(source)}`)
  }

  private async receipt(path: string, vkey: string | undefined) {
    const { index, entry, checkpoint } = await verifyReceiptFile(path, vkey)
    const { origin, size } = checkpoint
    this.print(
      `${colour.bold.green(VERIFIED)} entry ${index} of ${visible(origin)}, in the checkpoint of ${size}`,
    )
    this.print(visible(entry))
    return { status: 'verified', origin, size, index, entry: JSON.parse(entry) as object }
  }
}

function witnessedJson(witnessed: readonly WitnessedAnchor[]) {
  if (witnessed.length === 0) return {}
  const told = witnessed.map(({ witness, size, time }) => ({
    witness,
    size,
    time: new Date(time).toISOString(),
  }))
  return { witnesses: told }
}
