// Why a store would be refused at the start, found without changing it.
import Database from 'better-sqlite3'
import { accessSync, constants, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { clockFault } from '../../../audit/clock-check.ts'
import { SluiceError } from '../../../base/errors.ts'
import { refuseLatched } from '../latch-file.ts'
import { openSigner } from '../signing-key.ts'
import { newestTime, refuseNewer, takeLock } from './open-database.ts'
import { reasonOf } from './reasons.ts'

export interface StoreToInspect {
  readonly folder: string
  readonly origin: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** What `openStore` would reject with, as far as it can be told beforehand; undefined where nothing is in the way. */
export function storeRefusal(store: StoreToInspect): SluiceError | undefined {
  try {
    look(store)
    return undefined
  } catch (cause) {
    if (cause instanceof SluiceError) return cause
    const { why, nextStep } = reasonOf(cause, store.folder)
    const message = `The store in ${store.folder} can't be opened: ${why}.`
    return new SluiceError('ERR_STORE', message, { cause, nextSteps: [nextStep] })
  }
}

function look({ folder, origin, now }: StoreToInspect): void {
  const write = constants.W_OK | constants.X_OK
  if (!statSync(folder, { throwIfNoEntry: false })) {
    accessSync(dirname(folder), write)
    return refuse(clockFault(now, undefined))
  }
  accessSync(join(folder, '.'), write)
  const path = join(folder, 'sluice.db')
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found || !statSync(join(folder, 'sluice.lock'), { throwIfNoEntry: false }))
    return refuse(clockFault(now, undefined))
  // SQLite makes files beside the database: not as another user, whose they would be then.
  if (found.uid !== (process.geteuid?.() ?? found.uid)) return
  const lock = takeLock(folder)
  let db: Database.Database | undefined
  try {
    db = new Database(path, { fileMustExist: true })
    refuseNewer(db, folder)
    refuseLatched(join(folder, 'ledger.key'))
    const newest = newestTime(db)
    if (newest !== undefined) openSigner(join(folder, 'ledger.key'), origin, 'existing')
    refuse(clockFault(now, newest))
  } finally {
    db?.close()
    lock.close()
  }
}

function refuse(fault: SluiceError | undefined): void {
  if (fault) throw fault
}

/** The newest checkpoint of the store in `folder`; undefined where it has none yet. */
export function folderCheckpoint(folder: string): string | undefined {
  const path = join(folder, 'sluice.db')
  if (!statSync(path, { throwIfNoEntry: false })) return undefined
  const lock = takeLock(folder)
  try {
    const db = new Database(path, { fileMustExist: true })
    try {
      return db.prepare('SELECT note FROM checkpoint').pluck().get() as string | undefined
    } finally {
      db.close()
    }
  } finally {
    lock.close()
  }
}
