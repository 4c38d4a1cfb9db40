// A ledger that lost entries and says so: what whoever reads it is told, and the question, asked once.
import { SluiceError } from '../base/errors.ts'
import { agreed } from './agreed.ts'
import { colour } from './colour.ts'
import { visible } from './visible.ts'

/** As audit/recovery.ts has it. */
interface Loss {
  readonly recovery: {
    readonly index: number
    readonly name: string
    readonly time: number
    readonly reason: string
    readonly restored: number
    readonly lost: { readonly size: number } | undefined
  }
  readonly seen: number
  readonly source: string
  readonly replies?: number
}

const REASONS: { readonly [reason: string]: string } = {
  'backup-restored': 'restored a backup',
  'failed-over': 'failed over to a copy that lagged',
  'store-damaged': 'went on from what was left of a damaged store',
}

/** ERR_LEDGER_RECOVERED: nobody has said yet that the ledger may be gone on with. */
export function recoveredError(loss: Loss): SluiceError {
  const { recovery, seen, source, replies } = loss
  const { index, name, restored, lost } = recovery
  const proof =
    replies === undefined
      ? `The checkpoint of ${seen} ${source} proves that there was more`
      : `${counted(replies)} from there`
  const message = `${sentence(recovery)}. ${proof}.`
  return new SluiceError('ERR_LEDGER_RECOVERED', message, {
    details: { entry: index, name, restored, lost: lost?.size ?? restored, seen },
    nextSteps: [
      'Ask whoever runs the gateway what was lost, and why.',
      `To go on with what is on record: the same command with --accept-recovery ${name}`,
    ],
  })
}

/** Whether to go on: by `accepted`, the recovery that was named beforehand, or by asking. Rejects with ERR_LEDGER_RECOVERED. */
export async function goOnAfter(
  loss: Loss,
  accepted: string | undefined,
  tell: (line: string) => void,
): Promise<void> {
  const { recovery, seen, source, replies } = loss
  const isNamed = accepted === recovery.name
  if (!isNamed && !process.stdin.isTTY) throw recoveredError(loss)
  tell(`${colour.bold.yellow('Recovered')} ${sentence(recovery)}`)
  const proof =
    replies === undefined
      ? `the checkpoint of ${seen} ${visible(source)}: keep it, it proves that there was more`
      : `${counted(replies)} from there`
  tell(`${colour.bold('Seen')}      ${proof}`)
  if (isNamed || (await agreed('Go on with what is on record now?', ''))) return
  throw recoveredError(loss)
}

function counted(replies: number): string {
  return replies === 1
    ? '1 reply that this machine got names an entry'
    : `${replies} replies that this machine got name entries`
}

function sentence({ index, time, reason, restored, lost }: Loss['recovery']): string {
  const count = (lost?.size ?? restored) - restored
  const what =
    count === 1
      ? `1 entry, index ${restored}, is`
      : `${count} entries, index ${restored} to ${restored + count - 1}, are`
  const did = REASONS[reason] ?? `put back an older store (${visible(reason)})`
  return `Whoever runs the gateway ${did} at ${new Date(time).toISOString()}: ${what} no longer on record; entry ${index} says so`
}
