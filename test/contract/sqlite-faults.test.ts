import Database from 'better-sqlite3'
import { join } from 'node:path'
import t from 'tap'
import { openFaultyStore } from '../support/test-store.ts'
import { faultTable } from './fault-table.ts'
import { rotationFaults } from './rotation-faults.ts'

t.setTimeout(400_000)

const keyPath = (folder: string) => join(folder, 'ledger.key')
faultTable('SQLite', {
  open: (folder, fault) => openFaultyStore({ folder }, fault && { engine: 'sqlite', ...fault }),
  async change(folder, sql) {
    const db = new Database(join(folder, 'sluice.db'))
    db.exec(sql)
    db.close()
  },
  keyPath,
  openingCommits: 2,
})
rotationFaults('SQLite', { engine: 'sqlite', place: async (folder) => ({ folder }), keyPath })
