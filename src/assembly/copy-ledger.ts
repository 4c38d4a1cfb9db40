// A ledger copied into a folder, verified on the way.
import { type Copy, copyInto, folderFiles, isThere } from '../adapters/ledger-folder/ledger-folder.ts'
import { readCheckpoint } from '../audit/checkpoint.ts'
import { cosignedPath, RECOVERIES, ROTATIONS } from '../audit/published.ts'
import { type Recovery, recoveryFor } from '../audit/recovery.ts'
import { recoveriesIn } from '../audit/recovery-receipts.ts'
import type { Trust } from '../audit/verify/trust.ts'
import type { VerifiedLedger, VerifyOptions } from '../audit/verify/verify-ledger.ts'
import { SluiceError } from '../base/errors.ts'
import { keysOf, type LedgerAtHand, textsIn, verifyInThreads } from './ledger.ts'

/** What stood in the folder from an export that was cut off, and is not the ledger's: where that stands now. */
export type PutAside = NonNullable<Copy['putAside']>

interface Listener {
  readonly onProgress: NonNullable<VerifyOptions['onProgress']>
  readonly onPutAside: (what: PutAside) => void
}

/**
 * Copies the ledger into the folder, verified on the way; its checkpoint is written last. Rejects with ERR_USAGE where it
 * is no folder, or there is a copy of entries that the ledger has lost since. What was put aside is told in any case.
 */
export async function copyLedger(
  { files, trust }: LedgerAtHand,
  folder: string,
  { onProgress, onPutAside }: Listener,
): Promise<VerifiedLedger> {
  // A path that is mistyped is told before anything is fetched.
  await isThere(folder)
  const besides: Record<string, Uint8Array | undefined> = {}
  for (const path of [cosignedPath(), ROTATIONS, RECOVERIES]) besides[path] = await files(path)
  const before = await folderFiles(folder)('checkpoint')
  const earlier = before
    ? [{ note: Buffer.from(before).toString(), source: `copied to ${folder} before` }]
    : []
  for (const { note } of earlier) await refuseLost(folder, note, trust)
  const anchors = [...trust.anchors, ...earlier]
  const verify = (copy: Copy) => verifyInThreads({ ...trust, anchors, files: copy.files, onProgress })
  const sealed = readCheckpoint(earlier[0]?.note ?? '')?.size
  let copy = copyInto(folder, files, sealed)
  try {
    const verified = await verify(copy).catch((thrown: unknown) => {
      // What an export left that was cut off was never verified: it may be of a ledger that was put back since.
      if (!copy.hasTakenUnsealed || !isInvalid(thrown)) throw thrown
      copy = copy.anew()
      return verify(copy)
    })
    await copy.finish(verified.note, besides)
    return verified
  } finally {
    if (copy.putAside) onPutAside(copy.putAside)
  }
}

function isInvalid(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.code === 'ERR_LEDGER_INVALID'
}

// A copy of what was lost stays as it is: it is the proof.
async function refuseLost(folder: string, note: string, trust: Trust): Promise<void> {
  const known = recoveriesIn(await textsIn(folderFiles(folder), RECOVERIES), keysOf(trust))
  const isNew = ({ index }: Recovery) => !known.some((one) => one.index === index)
  const seen = readCheckpoint(note)
  const recoveries = trust.recovered?.recoveries.filter(isNew) ?? []
  const recovery = seen && recoveryFor(recoveries, seen, undefined)
  if (!recovery) return
  const what = `entries from ${recovery.restored} on that are no longer on record, as entry ${recovery.index} says`
  throw new SluiceError('ERR_USAGE', `The copy in ${folder} holds ${what}.`, {
    nextSteps: ['Keep it: it proves what was lost.', 'Name another folder: --dir'],
  })
}
