// The battery of tampering, on a ledger in PostgreSQL that is served meanwhile.
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { postgresFolders } from '../support/postgres-folders.ts'
import { tamperedStore } from '../support/tampered-store.ts'
import { openPostgresStore } from '../support/test-store.ts'
import { tamperBattery } from './tampering.ts'

const { place } = await postgresFolders()
const folder = t.testdir()
// One database for all: each time it is filled anew.
const at = await place(folder)
await (await openPostgresStore(at)).close()
const client = new pg.Client({ connectionString: at.url })
await client.connect()
t.teardown(() => client.end())

// Opening it takes longest: it stays open until its checkpoint is another.
let ledger: Awaited<ReturnType<typeof tamperedStore>> | undefined
t.teardown(() => ledger?.close())

tamperBattery('PostgreSQL', async (_, texts, skey) => {
  if (ledger?.isRemade === false) {
    await ledger.refill()
    return ledger
  }
  await ledger?.close()
  ledger = await tamperedStore(
    {
      keyPath: join(folder, 'ledger.key'),
      open: () => openPostgresStore(at),
      async run(statement, rows) {
        if (rows.length === 0) return
        // Rows go in one statement: each would be a way to the server and back.
        const [, head = statement, row = ''] = /^(.* VALUES )(\(.*\))$/.exec(statement) ?? []
        let n = 0
        const text = `${head}${rows.map(() => row).join(', ')}`.replace(/\?/g, () => `$${++n}`)
        await client.query(text, rows.flat())
      },
    },
    texts,
    skey,
  )
  return ledger
})
