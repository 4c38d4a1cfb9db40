// The battery, on a ledger that was copied into a folder, and on a SQLite store that is served meanwhile.
import Database from 'better-sqlite3'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderFiles } from '../../src/adapters/ledger-folder/ledger-folder.ts'
import { parseTilePath } from '../../src/audit/tiles.ts'
import { layOut } from '../support/laid-out.ts'
import { tamperedStore } from '../support/tampered-store.ts'
import { openTestStore } from '../support/test-store.ts'
import { tamperBattery } from './tampering.ts'

tamperBattery('a folder', async (t, texts, skey) => {
  const folder = t.testdir()
  const put = (files: ReadonlyMap<string, Uint8Array>) => {
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), bytes)
    }
  }
  const whole = layOut(texts, skey).files
  put(whole)
  return {
    files: folderFiles(folder),
    async putEntries(others) {
      rmSync(join(folder, 'tile/entries'), { recursive: true })
      const bundles = [...layOut(others, skey).files].filter(([path]) => path.startsWith('tile/entries/'))
      // Under the names that the checkpoint leads to, as a forger would.
      const names = [...whole.keys()].filter((path) => path.startsWith('tile/entries/'))
      put(new Map(bundles.map(([path, bytes], at) => [names[at] ?? path, bytes])))
    },
    async putTile(level, number, hashes) {
      const path = [...whole.keys()].find((path) => {
        const tile = parseTilePath(path)
        return tile?.level === level && tile.number === number
      })
      put(new Map([[path as string, hashes]]))
    },
    async remake(others, key) {
      rmSync(join(folder, 'tile'), { recursive: true })
      put(layOut(others, key).files)
    },
  }
})

tamperBattery('SQLite', async (t, texts, skey) => {
  const folder = t.testdir()
  await (await openTestStore({ folder })).close()
  const ledger = await tamperedStore(
    {
      keyPath: join(folder, 'ledger.key'),
      open: () => openTestStore({ folder }),
      async run(statement, rows) {
        const db = new Database(join(folder, 'sluice.db'))
        const prepared = db.prepare(statement)
        db.transaction(() => rows.forEach((row) => prepared.run(...row)))()
        db.close()
      },
    },
    texts,
    skey,
  )
  t.teardown(() => ledger.close())
  return ledger
})
