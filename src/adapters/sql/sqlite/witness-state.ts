// A witness's state in an SQLite file of its own: one process at a time, every change synced to disk.
import Database from 'better-sqlite3'
import { SluiceError } from '../../../base/errors.ts'
import type { Seen, WitnessState } from '../../../witness/state.ts'
import { createPrivate, makeDurable } from './open-database.ts'
import { codeOf } from './reasons.ts'

interface Row {
  readonly size: number
  readonly root: Buffer
  readonly note: string
}

/** Opens or creates the file at `path`. Throws ERR_STORE where another witness has it open, or it can't be used. */
export function openWitnessState(path: string): WitnessState {
  let db: Database.Database | undefined
  try {
    createPrivate(path)
    db = new Database(path, { timeout: 0 })
    // Held until it is closed, or the process dies: no second witness signs by the same state.
    db.pragma('locking_mode = EXCLUSIVE')
    makeDurable(db)
    db.exec(`BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL);
      COMMIT`)
    return stateIn(db, path)
  } catch (cause) {
    db?.close()
    throw codeOf(cause).startsWith('SQLITE_BUSY')
      ? new SluiceError('ERR_STORE', `Another witness is using ${path}.`, {
          cause,
          nextSteps: ['Stop the other one: two that cosign by one key can be played against each other.'],
        })
      : unusable(path, 'opened', cause)
  }
}

function stateIn(db: Database.Database, path: string): WitnessState {
  const latest = db.prepare('SELECT size, root, note FROM seen WHERE origin = ?')
  const first = db.prepare('INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT (origin) DO NOTHING')
  const next = db.prepare('UPDATE seen SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ?')
  return {
    latest(origin) {
      try {
        return latest.get(origin) as Row | undefined
      } catch (cause) {
        throw unusable(path, 'read', cause)
      }
    },
    advance(origin, from, { size, root, note }: Seen) {
      try {
        const bytes = Buffer.from(root)
        if (next.run(size, bytes, note, origin, from).changes === 1) return true
        return from === 0 && first.run(origin, size, bytes, note).changes === 1
      } catch (cause) {
        throw unusable(path, 'written', cause)
      }
    },
    close: () => void db.close(),
  }
}

function unusable(path: string, verb: string, cause: unknown): SluiceError {
  return new SluiceError('ERR_STORE', `The witness’s state in ${path} can't be ${verb} (${codeOf(cause)}).`, {
    cause,
    nextSteps: [
      'See that it is on a local disk with space, and that this user may write it and its folder.',
      'Never put back an older copy of it: the witness would cosign what contradicts what it cosigned since.',
    ],
  })
}
