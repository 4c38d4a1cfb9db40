// A ledger in a store whose tables are written behind its back, whatever the engine.
import { writeFileSync } from 'node:fs'
import { parseTilePath } from '../../src/audit/tiles.ts'
import { filesOf } from '../../src/audit/published.ts'
import type { Store } from '../../src/adapters/sql/open-store.ts'
import { layOut } from './laid-out.ts'
import type { TamperedLedger } from '../contract/tampering.ts'

export interface StoreBehindItsBack {
  /** Where the store has its signing key. */
  readonly keyPath: string
  open(): Promise<Store>
  /** Runs a statement once for each row of parameters, which stand as `?`; all in one transaction. */
  run(statement: string, rows: readonly (readonly unknown[])[]): Promise<void>
}

/** Fills a store that was opened once with these entries, under this key, whatever it held. As long as it was not remade it can be refilled with them; `close` at the end. */
export async function tamperedStore(
  { keyPath, open, run }: StoreBehindItsBack,
  texts: readonly string[],
  skey: string,
): Promise<TamperedLedger & { readonly isRemade: boolean; refill(): Promise<void>; close(): Promise<void> }> {
  const putKey = (key: string) => writeFileSync(keyPath, `${key}\n`, { mode: 0o600 })
  const putEntries = async (others: readonly string[]) => {
    await run('DELETE FROM leaf', [[]])
    await run(
      'INSERT INTO leaf (idx, latest, text) VALUES (?, 0, ?)',
      others.map((text, at) => [at, text]),
    )
  }
  const putTile = async (level: number, number: number, hashes: Uint8Array) => {
    await run('DELETE FROM tile WHERE level = ? AND number = ?', [[level, number]])
    await run('INSERT INTO tile (level, number, hashes) VALUES (?, ?, ?)', [[level, number, hashes]])
  }
  const fill = async (others: readonly string[], key: string) => {
    putKey(key)
    const { files, note } = layOut(others, key)
    await putEntries(others)
    await run('DELETE FROM tile', [[]])
    for (const [path, bytes] of files) {
      const tile = parseTilePath(path)
      if (tile && tile.level !== 'entries') await putTile(tile.level, tile.number, bytes)
    }
    await run('UPDATE checkpoint SET note = ?', [[note]])
  }
  await fill(texts, skey)
  let store = await open()
  let isRemade = false
  return {
    get isRemade() {
      return isRemade
    },
    refill: () => fill(texts, skey),
    files: (path) => filesOf(store.log)(path),
    putEntries,
    putTile,
    async remake(others, key) {
      isRemade = true
      await store.close()
      await fill(others, key)
      store = await open()
    },
    close: () => store.close(),
  }
}
