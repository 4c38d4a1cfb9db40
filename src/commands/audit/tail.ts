import { Flags } from '@oclif/core'
import { openClient } from '../../assembly/client.ts'
import { keyAfter, withNewestKey } from '../../assembly/ledger-key.ts'
import { reckoningOf, withRepliesTold } from '../../assembly/named-entries.ts'
import { pinner } from '../../assembly/pin.ts'
import { statedSize } from '../../audit/checkpoint.ts'
import type { Unaccounted } from '../../audit/named-entries.ts'
import type { Loss } from '../../audit/recovery.ts'
import { tail } from '../../audit/tail.ts'
import { SluiceError } from '../../base/errors.ts'
import { entryLine, unaccountedLine, withoutEntryLine } from '../../cli/audit-lines.ts'
import { colour } from '../../cli/colour.ts'
import { gatewayFlag } from '../../cli/gateway-flag.ts'
import { LedgerCommand } from '../../cli/ledger-command.ts'
import { recoveredError } from '../../cli/recovery.ts'
import { watchEndSignals } from '../../cli/signals.ts'
import { parseSince } from '../../cli/since.ts'
import { visible } from '../../cli/visible.ts'

/** How soon what replies named is looked for, that come while a tail is open. */
const LOOK_EVERY_MS = 2_000

export default class AuditTail extends LedgerCommand {
  static override summary = 'Show what is on record, verified, as it is recorded.'
  static override description =
    'Every entry is checked here before it is printed: that the ledger’s key signed it, that the ledger still holds all it held when this machine last looked, and that the entry is in it. What replies through this machine’s tunnels said they are on record as is looked for among them. With --json, one object a line.'
  static override examples = [
    '<%= config.bin %> audit tail',
    '<%= config.bin %> audit tail --since 1h --no-follow',
    '<%= config.bin %> audit tail --all --json',
  ]
  static override flags = {
    gateway: gatewayFlag,
    follow: Flags.boolean({ allowNo: true, default: true, description: 'Go on with entries as they come.' }),
    since: Flags.string({
      description: 'Only from then on: 90s, 30m, 1h, 2d, or a time.',
      helpValue: 'TIME',
    }),
    all: Flags.boolean({ description: 'Everyone’s entries, not only your own; for auditors.' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditTail)
    const since = flags.since === undefined ? undefined : parseSince(flags.since, Date.now())
    const opened = await openClient({ gateway: flags.gateway })
    const changes = this.ledgerChanges(flags)
    const client = await withRepliesTold(await withNewestKey(opened, changes), changes.onRecovery)
    const { ledger, pin: before } = client.gateway
    const { origin, vkey } = ledger
    const pin = pinner(client)
    const end = endOfTail()
    // What replies named by now is durable: the checkpoint that is asked for after this covers it.
    const { reckoning, more } = await reckoningOf(client, since)
    const lacking: Unaccounted[] = []
    const tellLacking = (more: readonly Unaccounted[]) => {
      lacking.push(...more)
      for (const { reply, index } of more) this.note(unaccountedLine(reply, index, Date.now()))
    }
    const tellMore = async () => tellLacking(await more())
    const looking = flags.follow
      ? setInterval(() => void tellMore().catch(() => undefined), LOOK_EVERY_MS)
      : undefined
    let count = 0
    try {
      const entries = tail({
        vkey,
        pin: before,
        all: flags.all,
        live: flags.follow,
        since,
        signal: end,
        open: async (query, signal) =>
          bodyOf(await client.fetch(`/api/v1/audit/follow?${query}`, { signal })),
        newKey: keyAfter(client, { ...changes, onRecovery: ended }),
        onPin: pin.offer,
        onLost: ({ message }, waitMs) =>
          this.note(`${colour.yellow('Lost')}      ${visible(message)} Trying again in ${waitMs / 1000} s.`),
      })
      for await (const { index, entry, name, size } of entries) {
        count++
        tellLacking(reckoning.see(index, entry))
        if (this.jsonEnabled()) this.printJson({ index, entry, name, verified: true, checkpoint: { size } })
        else this.print(entryLine(index, entry, name, Date.now()))
      }
      if (flags.follow) await tellMore()
      else tellLacking(reckoning.end())
    } finally {
      clearInterval(looking)
      await pin.flush()
    }
    if (pin.size === undefined) return
    const checkpoint = `the checkpoint of ${pin.size} in ${visible(origin)}`
    const none = `no entries${flags.all ? '' : ' of yours'}${since === undefined ? '' : ' since then'}`
    const proved =
      count === 0
        ? `${checkpoint}; ${none}`
        : `${count === 1 ? '1 entry' : `${count} entries`} against ${checkpoint}`
    const anchor =
      before === undefined
        ? 'pinned now for the first time'
        : statedSize(before) === pin.size
          ? 'it is the one pinned'
          : 'it extends the one pinned'
    this.note(`${colour.bold.green('Verified')}  ${proved}; ${anchor}`)
    for (const reply of reckoning.withoutEntry) this.note(withoutEntryLine(reply, Date.now()))
    if (lacking.length > 0) throw unaccounted(lacking)
  }
}

// What it has shown is of a ledger that is no more.
async function ended(loss: Loss): Promise<void> {
  throw recoveredError(loss)
}

function unaccounted(lacking: readonly Unaccounted[]): SluiceError {
  const replies =
    lacking.length === 1
      ? '1 reply that this machine got names'
      : `${lacking.length} replies that this machine got name`
  return new SluiceError('ERR_LEDGER_INVALID', `${replies} an entry that is not on record as theirs.`, {
    details: { fault: 'missing', entry: Math.min(...lacking.map(({ index }) => index)) },
    nextSteps: ['Keep this output and tell your security team.'],
  })
}

/** Aborts when a signal comes, or when whoever reads the output has gone, as `head` does. */
function endOfTail(): AbortSignal {
  const end = new AbortController()
  void watchEndSignals().first.then(() => end.abort())
  process.stdout.on('error', () => end.abort())
  return end.signal
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body) yield* response.body
}
