import t from 'tap'
import { postgresFolders } from '../support/postgres-folders.ts'
import { openFaultyStore } from '../support/test-store.ts'
import { faultTable } from './fault-table.ts'
import { rotationFaults } from './rotation-faults.ts'

t.setTimeout(400_000)

const { server, place } = await postgresFolders()
const keyPath = (folder: string) => `${folder}/ledger.key`
faultTable('PostgreSQL', {
  open: async (folder, fault) =>
    openFaultyStore(await place(folder), fault && { engine: 'postgres', ...fault }),
  async change(folder, sql) {
    await server.run(sql, new URL((await place(folder)).url).pathname.slice(1))
  },
  keyPath,
  openingCommits: 1,
})
rotationFaults('PostgreSQL', { engine: 'postgres', place, keyPath })
