// A PostgreSQL server for a test file, as the contracts want it: each folder of theirs is a database.
import { join } from 'node:path'
import t from 'tap'
import { startPostgres, type Postgres } from './postgres.ts'

/** A server for this test file alone, and for each folder a database in it, whose ledger's key is in the folder. */
export async function postgresFolders(): Promise<{
  readonly server: Postgres
  place(folder: string): Promise<{ readonly url: string; readonly keyPath: string }>
}> {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const databases = new Map<string, Promise<string>>()
  return {
    server,
    async place(folder) {
      const database = databases.get(folder) ?? server.database()
      databases.set(folder, database)
      return { url: await database, keyPath: join(folder, 'ledger.key') }
    },
  }
}
