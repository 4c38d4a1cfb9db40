// What can be wrong with a ledger, by name, and where it begins.
import { SluiceError } from '../../base/errors.ts'

export type FaultKind =
  /** An entry is not the one that was signed. */
  | 'changed'
  | 'missing'
  | 'inserted'
  | 'reordered'
  /** The last entries are not there. */
  | 'truncated'
  /** Entries and hashes were made anew together: which entries can't be told. */
  | 'rewritten'
  /** Signed, but no continuation of what an anchor has seen. */
  | 'forked'
  | 'rolled-back'
  | 'other-key'
  /** The checkpoint's own text is not what was signed. */
  | 'checkpoint'
  /** Signed as it is, and still no entry. */
  | 'not-an-entry'
  /** A file of hashes is damaged; the entries are as signed. */
  | 'tile'

/** ERR_LEDGER_INVALID. `entry` is the first index that is, or may be, wrong; --json tells both apart from the sentence. */
export function fault(kind: FaultKind, what: string, entry?: number): SluiceError {
  return new SluiceError('ERR_LEDGER_INVALID', `The ledger does not verify: ${what}.`, {
    details: { fault: kind, ...(entry === undefined ? {} : { entry }) },
    nextSteps: ['Keep this output and the ledger as they are, and tell your security team.'],
  })
}
