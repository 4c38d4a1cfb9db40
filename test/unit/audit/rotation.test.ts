// Which key a ledger's known one leads to: only what both keys have signed leads anywhere.
import t from 'tap'
import { generateSkey, signerOf } from '../../../src/audit/note.ts'
import { keysFrom } from '../../../src/audit/rotation.ts'
import { heldAgainst } from '../../../src/audit/verify/trust.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'
import { rotated } from '../../support/rotated.ts'

const key = (name = 'gw.example/ledger') => signerOf(generateSkey(name))
const [a, b, c, thief] = [key(), key(), key(), key()]
const { texts } = PaperLedger.of(5)
const toB = rotated({ texts, from: a, to: b })
const toC = rotated({ texts: [...toB.texts, ...texts], from: b, to: c })

t.test('a chain is followed in both directions, in whatever order it is given', async (t) => {
  const all = [toC.receipt, toB.receipt]
  t.match(keysFrom(a.vkey, all), { vkey: c.vkey, since: [{ index: 5 }, { index: 11 }], before: [] })
  t.match(keysFrom(b.vkey, all), { vkey: c.vkey, since: [{ from: b.vkey }], before: [{ from: a.vkey }] })
  t.match(keysFrom(c.vkey, all), { vkey: c.vkey, since: [], before: [{ index: 5 }, { index: 11 }] })
  t.match(keysFrom(a.vkey, [toC.receipt]), { vkey: a.vkey, since: [] }, 'a link that is missing')
  t.match(keysFrom(thief.vkey, all), { vkey: thief.vkey, since: [], before: [] })
})

t.test('what is no rotation of both keys is refused', async (t) => {
  const other = key('other.example/ledger')
  const forged = {
    'not signed by the former key': rotated({ texts, from: a, to: thief, signers: [thief] }),
    'not signed by the new key': rotated({ texts, from: a, to: b, signers: [a] }),
    'signed by a third key instead': rotated({ texts, from: a, to: b, signers: [thief, b] }),
    'of another origin': rotated({ texts, from: a, to: other }),
    'from another origin': rotated({ texts, from: other, to: b }),
    'another kind of entry': rotated({ texts, from: a, to: b, kind: 'gateway-started' }),
    'to the same key': rotated({ texts, from: a, to: a }),
  }
  for (const [name, { receipt }] of Object.entries(forged))
    t.throws(() => keysFrom(a.vkey, [receipt]), { code: 'ERR_LEDGER_INVALID' }, name)
  t.throws(() => keysFrom(a.vkey, ['no receipt']), { code: 'ERR_LEDGER_INVALID' })
  const named = toB.receipt.replace(/extra \S+/, (line) => {
    const entry = Buffer.from(line.slice(6), 'base64').toString().replace(b.vkey, thief.vkey)
    return `extra ${Buffer.from(entry).toString('base64')}`
  })
  t.throws(() => keysFrom(a.vkey, [named]), { code: 'ERR_LEDGER_INVALID' }, 'another key put into the entry')
})

t.test('an ordinary checkpoint with a thief’s signature beside it is no rotation', async (t) => {
  const entry = rotated({ texts, from: a, to: thief, signers: [thief] })
  const note = PaperLedger.of(6, undefined).note()
  const [text] = note.split('\n\n')
  const lines = [a.sign(`${text}\n`), thief.sign(`${text}\n`)].map((signed) => signed.split('\n\n')[1])
  const receipt = entry.receipt.replace(entry.note, `${text}\n\n${lines.join('')}`)
  t.throws(() => keysFrom(a.vkey, [receipt]), { code: 'ERR_LEDGER_INVALID', message: /does not prove/ })
})

t.test('two keys that replaced one are a fork', async (t) => {
  const toOther = rotated({ texts: [...texts, ...texts], from: a, to: c })
  t.throws(() => keysFrom(a.vkey, [toB.receipt, toOther.receipt]), { message: /two keys are said/ })
})

t.test('anchors of a former key count, up to its end', async (t) => {
  const { before } = keysFrom(b.vkey, [toB.receipt])
  const ledger = (size: number) => a.sign(new PaperLedger(toC.texts).note(size).split('\n\n')[0] + '\n')
  const held = (size: number) =>
    heldAgainst(
      { vkey: b.vkey, rotations: before, anchors: [{ note: ledger(size), source: 'kept' }] },
      { origin: 'gw.example/ledger', size: 11, root: new Uint8Array(32) },
    )
  t.match(held(5), [
    { size: 5, source: 'kept' },
    { size: 6, isItsOwn: true },
  ])
  t.throws(() => held(7), {
    code: 'ERR_LEDGER_INVALID',
    message: /key \w{8} was replaced at 6 entries, and the checkpoint kept of 7 is signed by it/,
    details: { fault: 'forked', entry: 6 },
  })
  t.throws(
    () =>
      heldAgainst(
        { vkey: b.vkey, rotations: before, anchors: [] },
        { origin: 'gw.example/ledger', size: 4, root: new Uint8Array(32) },
      ),
    {
      message: /rolled back/,
    },
  )
})
