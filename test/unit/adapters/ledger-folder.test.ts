// A copy of a ledger in the making: what the folder's own checkpoint covers stays until what comes instead is verified.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { copyInto } from '../../../src/adapters/ledger-folder/ledger-folder.ts'

const OURS = 'what was copied before'
const THEIRS = 'what the gateway serves now'
const theirs = async (): Promise<Uint8Array> => Buffer.from(THEIRS)

function folderWith(folder: string, path: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), OURS)
  return join(folder, path)
}

t.test('a partial tile that the checkpoint covers is replaced last', async (t) => {
  const folder = t.testdir()
  const path = folderWith(folder, 'tile/0/000.p/100')
  const copy = copyInto(folder, theirs, 100)
  t.equal(
    Buffer.from((await copy.files('tile/0/000.p/100')) ?? '').toString(),
    THEIRS,
    'what is served is verified',
  )
  t.equal(readFileSync(path, 'utf8'), OURS, 'what stands there may be the proof against it')
  await copy.finish('a checkpoint')
  t.equal(readFileSync(path, 'utf8'), THEIRS)
  t.equal(readFileSync(join(folder, 'checkpoint'), 'utf8'), 'a checkpoint')
})

t.test('nor is it put aside as if nothing had signed for it', async (t) => {
  const folder = t.testdir()
  const path = folderWith(folder, 'tile/0/000.p/100')
  const copy = copyInto(folder, theirs, 100).anew()
  await copy.files('tile/0/000.p/100')
  t.equal(copy.putAside, undefined)
  t.equal(readFileSync(path, 'utf8'), OURS)
})

t.test(
  'one that it does not cover is replaced at once, and kept where it was never signed for',
  async (t) => {
    const folder = t.testdir()
    const path = folderWith(folder, 'tile/0/000.p/120')
    await copyInto(folder, theirs, 100).files('tile/0/000.p/120')
    t.equal(readFileSync(path, 'utf8'), THEIRS)
    writeFileSync(path, OURS)
    const anew = copyInto(folder, theirs, 100).anew()
    await anew.files('tile/0/000.p/120')
    t.equal(readFileSync(join(anew.putAside?.folder ?? '', 'tile/0/000.p/120'), 'utf8'), OURS)
  },
)
