// The embedded engine: one SQLite database in a folder, for one gateway at a time.
import { join } from 'node:path'
import { clockFault } from '../../../audit/clock-check.ts'
import type { Signer } from '../../../audit/note.ts'
import { SluiceError } from '../../../base/errors.ts'
import { refuseLatched, writeLatch } from '../latch-file.ts'
import type { Batch, Committed, Head, Question, ToStore } from '../messages.ts'
import type { Engine, OpenEngine } from '../serve-store.ts'
import { adoptNextKey } from '../next-key.ts'
import { openSigner } from '../signing-key.ts'
import { mustExtend } from '../stored-tree.ts'
import { newestTime, openDatabase } from './open-database.ts'
import type { OpenDatabase } from './open-database.ts'
import { Reader, tilesIn } from './reader.ts'
import { reasonOf } from './reasons.ts'
import { Sequencer } from './sequencer.ts'
import type { AroundCommit } from './sequencer.ts'

/** `aroundCommit` is where tests make commits fail. */
export function sqliteEngine(aroundCommit: AroundCommit = (commit) => commit()): OpenEngine {
  return (opening) => open(opening, aroundCommit)
}

function open(opening: ToStore & { kind: 'open' }, around: AroundCommit): Engine {
  const { place, origin, now, anyClock, recovering } = opening
  if (!('folder' in place)) throw new SluiceError('ERR_INTERNAL', 'A folder was expected.')
  const { folder } = place
  const keyPath = join(folder, 'ledger.key')
  const database = openDatabase(folder)
  try {
    if (!recovering) refuseLatched(keyPath)
    adoptNextKey(keyPath, noteIn(database))
    const signer = openSigner(keyPath, origin, begun(database, origin))
    if (begun(database, origin) === 'unserved') database.db.exec('DELETE FROM checkpoint')
    const fault = anyClock ? undefined : clockFault(now, newestTime(database.db))
    if (fault) throw fault
    const engine = new SqliteEngine(database, keyPath, signer, around)
    if (!recovering) engine.interruptOpenExchanges(now)
    return engine
  } catch (thrown) {
    database.close()
    if (thrown instanceof SluiceError) throw thrown
    const { why, nextStep } = reasonOf(thrown, folder)
    throw new SluiceError('ERR_STORE', `The store in ${folder} can't be used: ${why}.`, {
      cause: thrown,
      nextSteps: [nextStep],
    })
  }
}

class SqliteEngine implements Engine {
  head: Head
  private database: OpenDatabase
  private sequencer: Sequencer
  private reader: Reader
  private readonly keyPath: string
  private readonly signer: Signer
  private readonly aroundCommit: AroundCommit

  constructor(database: OpenDatabase, keyPath: string, signer: Signer, aroundCommit: AroundCommit) {
    this.database = database
    this.keyPath = keyPath
    this.signer = signer
    this.aroundCommit = aroundCommit
    this.sequencer = new Sequencer(database, signer, aroundCommit)
    this.reader = new Reader(database)
    this.head = this.sequencer.head
  }

  get vkey(): string {
    return this.signer.vkey
  }

  interruptOpenExchanges(now: number): void {
    this.sequencer.interruptOpenExchanges(now)
    this.head = this.sequencer.head
  }

  commit(batch: Batch): Committed {
    const committed = this.sequencer.commit(batch)
    this.head = committed.head
    return committed
  }

  // What a failed sync left in memory proves nothing: the file is opened anew, which leaves of the write-ahead log what
  // was committed before, and the raised fence is a commit that has reached the disk.
  recover({ leaves, besides }: Batch): Committed | undefined {
    const before = this.head
    this.database = this.database.reopen()
    this.reader = new Reader(this.database)
    this.sequencer = new Sequencer(this.database, this.signer, this.aroundCommit, besides)
    const { head } = this.sequencer
    mustExtend(before.note, head, this.signer, tilesIn(this.database))
    if (leaves.length === 0 || !this.sequencer.holds(leaves, before.size)) return undefined
    this.head = head
    return { head, first: before.size }
  }

  answer(question: Question) {
    if (question.ask === 'checkpoint') return this.head.note
    return this.reader.answer(question, this.head.size)
  }

  latch(reason: string, found: string, acknowledged = this.head.note): void {
    const at = new Date().toISOString()
    writeLatch(this.keyPath, { reason, at, acknowledged, found })
  }

  close(): void {
    this.database.close()
  }

  why(thrown: unknown): string {
    return reasonOf(thrown).why
  }
}

// A start that failed before its first entry, such as one whose port was taken, binds the store to no address.
function begun(database: OpenDatabase, origin: string): 'new' | 'unserved' | 'existing' {
  const note = noteIn(database)
  if (note === undefined) return 'new'
  const [name, size] = note.split('\n')
  const empty = size === '0' && database.db.prepare('SELECT 1 FROM leaf').get() === undefined
  return empty && name !== origin ? 'unserved' : 'existing'
}

function noteIn({ db }: OpenDatabase): string | undefined {
  return db.prepare('SELECT note FROM checkpoint').pluck().get() as string | undefined
}
