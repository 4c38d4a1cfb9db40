// A witness's state in an SQLite file of its own: one process at a time, every change synced to disk.
import Database from 'better-sqlite3'
import { SluiceError } from '../../../base/errors.ts'
import type { RecoveryEntry, Seen, WitnessState } from '../../../witness/state.ts'
import { createPrivate, makeDurable } from './open-database.ts'
import { codeOf } from './reasons.ts'

interface Row {
  readonly size: number
  readonly root: Buffer
  readonly note: string
  readonly time: number | null
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
      CREATE TABLE IF NOT EXISTS given_up (origin TEXT, entry INTEGER, time INTEGER, size INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (origin, entry, time));
      COMMIT`)
    const columns = db.pragma('table_info(seen)') as { name: string }[]
    if (!columns.some(({ name }) => name === 'time')) db.exec('ALTER TABLE seen ADD COLUMN time INTEGER')
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
  const latest = db.prepare('SELECT size, root, note, time FROM seen WHERE origin = ?')
  const first = db.prepare('INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO NOTHING')
  const next = db.prepare(
    'UPDATE seen SET size = ?, root = ?, note = ?, time = ? WHERE origin = ? AND size = ?',
  )
  const giveUp = db.prepare('INSERT INTO given_up SELECT origin, ?, ?, size, note FROM seen WHERE origin = ?')
  const set = db.prepare('UPDATE seen SET size = ?, root = ?, note = ?, time = ? WHERE origin = ?')
  const startAgain = db.transaction((origin: string, { index, time }: RecoveryEntry, to: Seen) => {
    giveUp.run(index, time, origin)
    set.run(to.size, Buffer.from(to.root), to.note, to.time ?? null, origin)
  })
  const gaveUp = db.prepare('SELECT 1 FROM given_up WHERE origin = ? AND entry = ? AND time = ?')
  return {
    latest(origin) {
      try {
        const row = latest.get(origin) as Row | undefined
        return row && { ...row, time: row.time ?? undefined }
      } catch (cause) {
        throw unusable(path, 'read', cause)
      }
    },
    advance(origin, from, { size, root, note, time }: Seen) {
      try {
        const bytes = Buffer.from(root)
        if (next.run(size, bytes, note, time ?? null, origin, from).changes === 1) return true
        return from === 0 && first.run(origin, size, bytes, note, time ?? null).changes === 1
      } catch (cause) {
        throw unusable(path, 'written', cause)
      }
    },
    startAgain(origin, entry, to) {
      try {
        startAgain(origin, entry, to)
      } catch (cause) {
        throw unusable(path, 'written', cause)
      }
    },
    hasStartedAgain(origin, { index, time }) {
      try {
        return gaveUp.get(origin, index, time) !== undefined
      } catch (cause) {
        throw unusable(path, 'read', cause)
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
