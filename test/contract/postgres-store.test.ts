import { recordsContract } from './records.ts'
import { entryLogContract } from './entry-log.ts'
import { postgresFolders } from '../support/postgres-folders.ts'
import { openPostgresStore } from '../support/test-store.ts'

const { place } = await postgresFolders()
entryLogContract('PostgreSQL', async (folder) => openPostgresStore(await place(folder)))
recordsContract('PostgreSQL', async (folder, clock) => openPostgresStore({ ...(await place(folder)), clock }))
