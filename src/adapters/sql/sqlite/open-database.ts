// The SQLite file: one gateway at a time, write-ahead log, every commit synced to disk, the schema brought up to date.
import Database from 'better-sqlite3'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '../../../base/errors.ts'
import { MIGRATIONS } from '../tables.ts'
import type { Tables } from '../tables.ts'
import { lockHolder } from './lock-holder.ts'
import { codeOf, reasonOf } from './reasons.ts'

export interface OpenDatabase {
  readonly db: Database.Database
  /** Builds SQL for this engine; runs nothing. */
  readonly sql: Kysely<Tables>
  /** Closes the file and opens it again, under the same lock. */
  reopen(): OpenDatabase
  close(): void
}

/**
 * Opens or creates the store in `folder`, whose parent must exist. Throws ERR_STORE where it can't be written, is in
 * use by another gateway, was written by a newer sluice, or doesn't promise durable commits.
 */
export function openDatabase(folder: string): OpenDatabase {
  let lock: Database.Database | undefined
  try {
    makeFolder(folder)
    closeFolder(folder)
    createPrivate(join(folder, 'sluice.lock'))
    lock = takeLock(folder)
    // SQLite gives the files beside the database the database's own mode.
    createPrivate(join(folder, 'sluice.db'))
    for (const name of ['sluice.lock', 'sluice.db', 'sluice.db-wal', 'sluice.db-shm'])
      closeToOthers(join(folder, name))
    return openFile(folder, lock)
  } catch (cause) {
    lock?.close()
    if (cause instanceof SluiceError) throw cause
    const { why, nextStep } = reasonOf(cause, folder)
    throw new SluiceError('ERR_STORE', `The store in ${folder} can't be opened: ${why}.`, {
      cause,
      nextSteps: [nextStep],
    })
  }
}

function openFile(folder: string, lock: Database.Database): OpenDatabase {
  const db = new Database(join(folder, 'sluice.db'))
  try {
    refuseNewer(db, folder)
    makeDurable(db)
    const sql = compiler()
    migrate(db, sql)
    return {
      db,
      sql,
      reopen() {
        db.close()
        return openFile(folder, lock)
      },
      close: () => [db, lock].forEach((file) => file.close()),
    }
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

// Only the last segment is created: a parent that is missing is a typing error, or a disk that isn't mounted.
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
  }
}

// One that exists is not opened: closing it again would let go of the locks that this process has on it.
export function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
  }
}

// Files of an earlier version, or copied back from a backup, may be open to other users.
function closeToOthers(path: string): void {
  if (process.platform === 'win32') return
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && (found.mode & 0o077) !== 0) chmodSync(path, 0o600)
}

// Whoever may write the folder may put other files in the place of these.
function closeFolder(folder: string): void {
  if (process.platform === 'win32') return
  const { mode } = statSync(folder)
  if ((mode & 0o022) !== 0) chmodSync(folder, mode & 0o7755)
}

/**
 * A lock that the system lets go of when the holder dies, beside the database so that others may still read that.
 * Throws ERR_STORE where another gateway holds it.
 */
export function takeLock(folder: string): Database.Database {
  const lock = new Database(join(folder, 'sluice.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock.close()
    if (codeOf(cause) !== 'SQLITE_BUSY') throw cause
    const holder = lockHolder(join(folder, 'sluice.lock'))
    const pid = holder === undefined ? '' : ` (pid ${holder})`
    throw new SluiceError('ERR_STORE', `Another gateway${pid} is using the store in ${folder}.`, {
      cause,
      nextSteps: ['Stop the other gateway, or, if both are to run, give this one a store of its own.'],
    })
  }
}

/** Throws ERR_STORE where a newer sluice wrote the database. */
export function refuseNewer(db: Database.Database, folder: string): void {
  const version = versionOf(db)
  if (version <= MIGRATIONS.length) return
  const versions = `schema ${version}, this one knows ${MIGRATIONS.length}`
  throw new SluiceError('ERR_STORE', `The store in ${folder} was written by a newer sluice (${versions}).`, {
    nextSteps: ['Run the version of sluice that wrote it, or a newer one.'],
  })
}

// better-sqlite3 is compiled to sync a write-ahead log at checkpoints only, unless told on every open.
export function makeDurable(db: Database.Database): void {
  const journal = db.pragma('journal_mode = WAL', { simple: true })
  db.pragma('synchronous = FULL')
  // What is removed, such as an erased person's name, is not left lying in the file.
  db.pragma('secure_delete = ON')
  const synchronous = db.pragma('synchronous', { simple: true })
  if (journal === 'wal' && synchronous === 2) return
  throw new Error(`journal_mode ${String(journal)}, synchronous ${String(synchronous)}`)
}

function migrate(db: Database.Database, sql: Kysely<Tables>): void {
  db.exec('CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)')
  for (let version = versionOf(db) + 1; version <= MIGRATIONS.length; version++) {
    db.transaction(() => {
      const statements = MIGRATIONS[version - 1]?.(sql.schema, { bytes: 'blob', index: 'integer' }) ?? []
      for (const statement of statements) db.exec(statement.sql)
      db.prepare('INSERT INTO migration VALUES (?, ?)').run(version, new Date().toISOString())
    })()
  }
}

function versionOf(db: Database.Database): number {
  const exists = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'").get()
  if (!exists) return 0
  return Number(db.prepare('SELECT coalesce(max(version), 0) FROM migration').pluck().get())
}

/** The time of the ledger's newest entry, in epoch milliseconds; undefined where there is none yet. */
export function newestTime(db: Database.Database): number | undefined {
  if (versionOf(db) === 0) return undefined
  const text = db.prepare('SELECT text FROM leaf ORDER BY idx DESC LIMIT 1').pluck().get() as
    string | undefined
  if (text === undefined) return undefined
  const time = Date.parse((JSON.parse(text) as { time: string }).time)
  return Number.isNaN(time) ? undefined : time
}

function compiler(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}
