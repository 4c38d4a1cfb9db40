// A copy that is there, verified and with its checkpoint, and a ledger that sends something else in its place.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { copyInto } from '../../src/adapters/ledger-folder/ledger-folder.ts'

const FULL = 'tile/entries/000'
const PARTIAL = 'tile/entries/001.p/44'
const WIDER = 'tile/entries/001.p/50'

t.test('what the checkpoint of a copy covers is neither fetched nor written again', async (t) => {
  const folder = t.testdir()
  const sending = (text: string, sealed: number) =>
    copyInto(folder, (path) => Promise.resolve(Buffer.from(`${text} ${path}`)), sealed)
  const first = sending('first', 0)
  for (const path of [FULL, PARTIAL]) await first.files(path)
  await first.finish('checkpoint of 300')

  for (const copy of [sending('other', 300), sending('other', 300).anew()]) {
    for (const path of [FULL, PARTIAL]) {
      t.equal(String(await copy.files(path)), `first ${path}`, `${path} is read from the copy`)
      t.equal(readFileSync(join(folder, path), 'utf8'), `first ${path}`, 'and stays')
    }
    t.equal(String(await copy.files(WIDER)), `other ${WIDER}`, 'what the ledger has grown by is fetched')
    t.equal(copy.putAside, undefined)
  }
})
