// What a rotation of the ledger's key promises when its commit fails, or it is killed: one of the two keys signs the
// ledger, the other is not needed, and nobody has to know how far it came.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { StorePlace } from '../../src/adapters/sql/messages.ts'
import type { Store } from '../../src/adapters/sql/open-store.ts'
import { keptReceipts } from '../../src/adapters/sql/kept-receipts.ts'
import { rotateKey } from '../../src/adapters/sql/rotate-key.ts'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { Frontier, leafHash } from '../../src/audit/merkle.ts'
import { signerOf, verifierOf } from '../../src/audit/note.ts'
import { keysFrom } from '../../src/audit/rotation.ts'
import type { Fault } from '../faults/faulty-store-worker.ts'
import { decision, faultyThread, openFaultyStore, ORIGIN } from '../support/test-store.ts'

export interface RotatedStores {
  readonly engine: Fault['engine']
  place(folder: string): Promise<StorePlace>
  keyPath(folder: string): string
}

const script = fileURLToPath(new URL('../faults/rotate-until-killed.ts', import.meta.url))
const never: readonly number[] = []

/** The first commit opens the store, the second is the rotation's, the third the fence behind it. */
export function rotationFaults(name: string, { engine, place, keyPath }: RotatedStores): void {
  const keyIn = (folder: string) => signerOf(readFileSync(keyPath(folder), 'utf8')).vkey
  const rotate = async (folder: string, at = never, when: Fault['when'] = 'before') =>
    rotateKey(faultyThread({ engine, at, when }), {
      place: await place(folder),
      origin: ORIGIN,
      keyPath: keyPath(folder),
    })
  const open = async (folder: string) => openFaultyStore(await place(folder), undefined)

  /** A ledger of three entries; its key. */
  async function begun(folder: string): Promise<string> {
    const store = await open(folder)
    await store.log.append(Array.from({ length: 3 }, () => decision({ effect: 'deny' })))
    await store.close()
    return store.vkey
  }

  /** As the next start finds it: rotated once, from `before`, whoever came that far. */
  async function isRotated(t: Test, folder: string, before: string): Promise<void> {
    const store = await open(folder)
    t.not(store.vkey, before)
    t.equal(keyIn(folder), store.vkey)
    t.notOk(existsSync(`${keyPath(folder)}.next`), 'nothing is left to be finished')
    const entries = await sound(t, store)
    t.match(
      entries.map(({ kind }) => kind),
      ['decision', 'decision', 'decision', 'key-rotated'],
      'once',
    )
    const receipts = await keptReceipts(store.records, 'key-rotation')
    t.match(keysFrom(before, receipts), { vkey: store.vkey, since: [{ index: 3, from: before }] })
    t.same(await store.log.append([decision({ effect: 'deny' })]), [4])
    t.equal(openCheckpoint(await store.log.checkpoint(), verifierOf(before)), undefined)
    await sound(t, store)
    await store.close()
  }

  /** As the next start finds it: as if it had not been begun, but for a key that has signed nothing. */
  async function isAsBefore(t: Test, folder: string, before: string): Promise<void> {
    const store = await open(folder)
    t.equal(store.vkey, before)
    t.equal((await sound(t, store)).length, 3)
    t.same(await keptReceipts(store.records, 'key-rotation'), [])
    await store.close()
  }

  for (const when of ['before', 'after'] as const) {
    for (const [fence, at] of [
      ['before', [2]],
      ['after', [2, 3]],
    ] as const) {
      const persisted = when === 'after' ? 'but persisted' : 'and not persisted'
      t.test(`${name}: a rotation that fails ${persisted}, ${fence} the fence`, async (t) => {
        const folder = t.testdir()
        const before = await begun(folder)
        t.equal((await rotate(folder, at, when)).before, before, 'it is found out, and goes on')
        await isRotated(t, folder, before)
      })
    }
  }

  t.test(`${name}: a rotation that can't be written leaves the key as it is`, async (t) => {
    const folder = t.testdir()
    const before = await begun(folder)
    await t.rejects(rotate(folder, [2, 4, 6]), { code: 'ERR_STORE' })
    await isAsBefore(t, folder, before)
    await rotate(folder)
    await isRotated(t, folder, before)
  })

  t.test(`${name}: a rotation whose thread dies`, async (t) => {
    const folder = t.testdir()
    const before = await begun(folder)
    await t.rejects(rotate(folder, [2], 'thread'), { code: 'ERR_STORE' })
    await isAsBefore(t, folder, before)
  })

  /** Rotates in a process of its own, which is killed at the rotation's commit. */
  async function killed(folder: string, when: Fault['when']): Promise<NodeJS.Signals | null> {
    const parts = { fault: { engine, at: [2], when }, place: await place(folder), keyPath: keyPath(folder) }
    const child = spawn(process.execPath, [script, JSON.stringify(parts)], { stdio: 'inherit' })
    return new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)))
  }

  t.test(`${name}: killed before its commit, a rotation is begun anew`, async (t) => {
    const folder = t.testdir()
    const before = await begun(folder)
    t.equal(await killed(folder, 'killed before'), 'SIGKILL')
    await isAsBefore(t, folder, before)
    await rotate(folder)
    await isRotated(t, folder, before)
  })

  for (const [who, finish] of Object.entries({
    'the next start': async () => undefined,
    'the command itself': rotate,
  })) {
    t.test(`${name}: killed between its commit and the new key's place, ${who} finishes it`, async (t) => {
      const folder = t.testdir()
      const before = await begun(folder)
      t.equal(await killed(folder, 'killed after'), 'SIGKILL')
      t.equal(keyIn(folder), before)
      t.ok(existsSync(`${keyPath(folder)}.next`))
      t.equal((await finish(folder))?.before, undefined, 'it does not rotate again')
      await isRotated(t, folder, before)
    })
  }
}

/** The entries, which are those that the newest checkpoint signs. */
async function sound(t: Test, { log, vkey }: Store): Promise<{ readonly kind: string }[]> {
  const entries = await log.read({ from: 0, below: 1e9, limit: 1e6 })
  const tree = new Frontier()
  for (const { text } of entries) tree.append(leafHash(text))
  t.same(openCheckpoint(await log.checkpoint(), verifierOf(vkey))?.root, tree.root())
  return entries.map(({ text }) => JSON.parse(text) as { kind: string })
}
