// The battery, on a ledger that was copied into a folder, and on a SQLite store that is served meanwhile.
import Database from 'better-sqlite3'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderFiles } from '../../src/adapters/ledger-folder/ledger-folder.ts'
import type { Store } from '../../src/adapters/sql/open-store.ts'
import { filesOf } from '../../src/audit/published.ts'
import { parseTilePath } from '../../src/audit/tiles.ts'
import { layOut } from '../support/laid-out.ts'
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
  const folder = t.testdir({ 'ledger.key': `${skey}\n` })
  let store: Store
  const open = async () => {
    store = await openTestStore({ folder })
    return store
  }
  const run = (statement: string, ...rows: readonly (readonly unknown[])[]) => {
    const db = new Database(join(folder, 'sluice.db'))
    const prepared = db.prepare(statement)
    db.transaction(() => rows.forEach((row) => prepared.run(...row)))()
    db.close()
  }
  const putLeaves = (others: readonly string[]) => {
    run('DELETE FROM leaf', [])
    run('INSERT INTO leaf (idx, latest, text) VALUES (?, 0, ?)', ...others.map((text, at) => [at, text]))
  }
  const putTile = (level: number | string, number: number, hashes: Uint8Array) =>
    run('INSERT OR REPLACE INTO tile (level, number, hashes) VALUES (?, ?, ?)', [level, number, hashes])
  const remake = async (others: readonly string[], key: string) => {
    await store.close()
    writeFileSync(join(folder, 'ledger.key'), `${key}\n`, { mode: 0o600 })
    const { files, note } = layOut(others, key)
    putLeaves(others)
    run('DELETE FROM tile', [])
    for (const [path, bytes] of files) {
      const tile = parseTilePath(path)
      if (tile && tile.level !== 'entries') putTile(tile.level, tile.number, bytes)
    }
    run('UPDATE checkpoint SET note = ?', [note])
    await open()
  }
  // It is made as the gateway makes it, and then filled.
  chmodSync(join(folder, 'ledger.key'), 0o600)
  await open()
  await remake(texts, skey)
  t.teardown(() => store.close())
  return {
    files: (path) => filesOf(store.log)(path),
    putEntries: async (others) => putLeaves(others),
    putTile: async (...tile) => putTile(...tile),
    remake,
  }
})
