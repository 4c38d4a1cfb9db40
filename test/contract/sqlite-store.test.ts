import { openThreadedStore } from '../support/test-store.ts'
import { entryLogContract } from './entry-log.ts'
import { recordsContract } from './records.ts'

entryLogContract('SQLite', (folder) => openThreadedStore({ folder }))
recordsContract('SQLite', (folder, clock) => openThreadedStore({ folder, clock }))
