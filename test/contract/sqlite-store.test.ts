import { openTestStore } from '../support/test-store.ts'
import { entryLogContract } from './entry-log.ts'
import { recordsContract } from './records.ts'

entryLogContract('SQLite', (folder) => openTestStore({ folder }))
recordsContract('SQLite', (folder, clock) => openTestStore({ folder, clock }))
