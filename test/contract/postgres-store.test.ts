import { join } from 'node:path'
import t from 'tap'
import { openPostgresStore } from '../support/test-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { entryLogContract } from './entry-log.ts'
import { recordsContract } from './records.ts'

const postgres = await startPostgres()
t.teardown(() => postgres.stop())

const databases = new Map<string, Promise<string>>()
/** The database that stands for a folder. */
function databaseOf(folder: string): Promise<string> {
  const known = databases.get(folder) ?? postgres.database()
  databases.set(folder, known)
  return known
}

const open = async (folder: string, options = {}) =>
  openPostgresStore({ url: await databaseOf(folder), keyPath: join(folder, 'ledger.key'), ...options })

entryLogContract('PostgreSQL', (folder) => open(folder))
recordsContract('PostgreSQL', (folder, clock) => open(folder, { clock }))
