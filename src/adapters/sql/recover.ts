// What a store lost, put on record while no gateway serves it: one transaction holds the entry that names it, and the
// proof of that for whoever saw more. Cut off anywhere, nothing has happened, or all of it.
import { openCheckpoint, readCheckpoint, signCheckpoint } from '../../audit/checkpoint.ts'
import type { Checkpoint } from '../../audit/checkpoint.ts'
import { equal } from '../../audit/merkle.ts'
import { verifierOf } from '../../audit/note.ts'
import { nameOf, type Recovery } from '../../audit/recovery.ts'
import { recoveriesIn } from '../../audit/recovery-receipts.ts'
import { keysFrom } from '../../audit/rotation.ts'
import { systemClock } from '../../base/clock.ts'
import { SluiceError } from '../../base/errors.ts'
import type { LedgerRecoveredEntry } from '../../terms/entry.ts'
import { keeping, linkedReceipts } from './kept-receipts.ts'
import type { StorePlace } from './messages.ts'
import { nextEntry, rootAt } from './next-entry.ts'
import { openSigner } from './signing-key.ts'
import { StoreLink, type StoreThread } from './store-link.ts'

/** A checkpoint that someone kept of what was lost. */
export interface KeptCheckpoint {
  readonly note: string
  /** Completes "the checkpoint …". */
  readonly source: string
}

export interface LossToRecord {
  readonly place: StorePlace
  readonly origin: string
  readonly keyPath: string
  readonly kept: readonly KeptCheckpoint[]
  /** So many entries of the store are as they were; all that it holds but for those that tell of it already, where left out. */
  readonly restored: number | undefined
  readonly reason: LedgerRecoveredEntry['reason']
}

type Head = Pick<Checkpoint, 'size' | 'root'>

/** The entry that tells of a loss. */
export type RecordedLoss = Pick<Recovery, 'index' | 'name'>

export interface OpenLoss {
  readonly stored: Head
  readonly restored: number
  /** The largest of the checkpoints that the store does not extend; undefined where none is known. */
  readonly lost: Head | undefined
  /** The entry that tells of it already. */
  readonly recorded: RecordedLoss | undefined
  /** Appends the entry; resolves once it is durable. Rejects with ERR_STORE where the ledger has grown since it was opened. */
  record(): Promise<RecordedLoss>
  /** Lets go of the store, which nobody else can use meanwhile. */
  close(): Promise<void>
}

const KIND = 'ledger-recovery'

/**
 * Opens the store, latched or not, and finds what it lost. Rejects with what `openStore` rejects with otherwise, and with
 * ERR_USAGE where the checkpoints are not of this ledger, or contradict what is said to be restored.
 */
export async function openLoss(thread: StoreThread, wanted: LossToRecord): Promise<OpenLoss> {
  const nothing = (): void => undefined
  const link = new StoreLink(thread, systemClock, nothing, nothing)
  const { place, origin, keyPath, reason } = wanted
  const vkey = await link.open({ place, origin, recovering: true })
  try {
    const former = keysFrom(vkey, await linkedReceipts(link, 'key-rotation')).before.map(({ from }) => from)
    const keys = [vkey, ...former]
    const { size } = link.head
    const receipts = await linkedReceipts(link, KIND)
    const recoveries = recoveriesIn(receipts, keys)
    const { restored, lost } = await findLoss(link, wanted, keys, recoveries.at(-1))
    const told = recoveries.find(
      ({ lost: named }) => named && lost && named.size === lost.size && equal(named.root, lost.root),
    )
    return {
      stored: { size, root: readCheckpoint(link.head.note)?.root ?? new Uint8Array() },
      restored,
      lost,
      recorded: told && { index: told.index, name: told.name },
      async record() {
        const time = new Date(systemClock.now()).toISOString()
        const named = lost && { size: lost.size, root: Buffer.from(lost.root).toString('base64') }
        const entry: LedgerRecoveredEntry = {
          v: 1,
          kind: 'ledger-recovered',
          time,
          restored,
          reason,
          ...(named && { lost: named }),
        }
        const { leaf, index, checkpoint, receipt } = await nextEntry(link, entry)
        if (index !== size) throw goneOn()
        const note = signCheckpoint(checkpoint, openSigner(keyPath, origin, 'existing'))
        // The receipt's checkpoint is the ledger's, or nothing is written: else a fork would be on record, signed.
        await link.write('ERR_STORE', [leaf], [keeping(KIND, [...receipts, receipt(note)])], note)
        return { index, name: nameOf(index, leaf.text) }
      },
      close: () => link.close(),
    }
  } catch (thrown) {
    await link.close()
    throw thrown
  }
}

async function findLoss(
  link: StoreLink,
  { kept, restored: said }: LossToRecord,
  keys: readonly string[],
  last: Recovery | undefined,
): Promise<Pick<OpenLoss, 'restored' | 'lost'>> {
  const { size } = link.head
  // Put on record once more, by a larger checkpoint: what the last recovery says was restored is not more by its own entry.
  const restored = said ?? (last && last.index === size - 1 ? last.restored : size)
  if (restored > size) throw usage(`The store holds ${size} entries, so ${restored} can't be restored.`)
  const gone: (Checkpoint & { readonly source: string })[] = []
  for (const { note, source } of kept) {
    const seen = keys.map((key) => openCheckpoint(note, verifierOf(key))).find((opened) => opened)
    if (!seen) throw usage(`The checkpoint ${source} is not signed by this ledger’s key.`)
    if (seen.size > size || !equal(seen.root, await rootAt(link, seen.size))) gone.push({ ...seen, source })
  }
  const [lost] = gone.toSorted((a, b) => b.size - a.size)
  if (!lost && kept.length > 0) {
    const many = kept.length === 1 ? `the checkpoint ${kept[0]?.source}` : 'each of the checkpoints'
    throw usage(`Nothing is lost: the ledger extends ${many}.`, 'Is there a later one? --checkpoint')
  }
  const within = gone.find((seen) => seen.size <= restored)
  if (!within) return { restored, lost }
  const what = `the first ${within.size} of the ${size} entries in the store are not those of the checkpoint ${within.source}`
  throw usage(
    `That is not all: ${what}.`,
    'Where the gateway has run since, say how many entries the backup held: --restored',
  )
}

function goneOn(): SluiceError {
  return new SluiceError('ERR_STORE', 'Another gateway has gone on with the ledger meanwhile.', {
    nextSteps: ['Stop every gateway, then this command again: it looks anew at what there is.'],
  })
}

function usage(message: string, ...nextSteps: string[]): SluiceError {
  return new SluiceError('ERR_USAGE', message, { nextSteps })
}
