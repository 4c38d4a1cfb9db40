// What a stored tree is held against before anyone goes on from it.
import t from 'tap'
import { Diverged, mustExtend, tilesRead } from '../../../src/adapters/sql/stored-tree.ts'
import { leafHash } from '../../../src/audit/merkle.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'

const ledger = PaperLedger.of(300)
const { signer } = ledger
const hashes = Buffer.concat(ledger.texts.slice(0, 256).map(leafHash))
const tile = { level: 0, number: 0, hashes }
const now = { size: 300, note: ledger.note() }

t.test('it begins with what was acknowledged', async () => {
  mustExtend(ledger.note(9), now, signer, tilesRead([tile]))
  mustExtend(ledger.note(0), now, signer, tilesRead([]))
})

t.test('it does not: it is held for another', async (t) => {
  const other = new PaperLedger(['another', ...ledger.texts.slice(1)])
  const note = signer.sign(other.note(9).split('\n').slice(0, 3).join('\n') + '\n')
  t.throws(() => mustExtend(note, now, signer, tilesRead([tile])), /first 9 entries are not those that were/)
  const back = diverged(() => mustExtend(now.note, { size: 9, note }, signer, tilesRead([tile])))
  t.match(back, { message: /it holds 9 entries, but 300 were/, acknowledged: now.note, note })
})

t.test('hashes that lack are no reason to ask for ever', async (t) => {
  const short = { ...tile, hashes: hashes.subarray(0, 64) }
  for (const tiles of [[], [short]]) {
    const held = () => mustExtend(ledger.note(9), now, signer, tilesRead(tiles))
    const lacking = { message: 'its first 9 entries lack some of their hashes', acknowledged: ledger.note(9) }
    t.match(diverged(held), lacking)
  }
})

/** What a store is latched for, which any other error is not. */
function diverged(held: () => void): Diverged | undefined {
  try {
    held()
  } catch (thrown) {
    if (thrown instanceof Diverged) return thrown
    throw thrown
  }
  return undefined
}
