// Which checkpoints an entry of recovery accounts for: those of what it says was lost, seen before it; no others.
import t from 'tap'
import { generateSkey, signerOf, type Signer } from '../../../src/audit/note.ts'
import { recoveryFor } from '../../../src/audit/recovery.ts'
import { recoveriesIn } from '../../../src/audit/recovery-receipts.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'
import { recovered, RECOVERED_AT, saidToBeLost as said } from '../../support/recovered.ts'

const AT = Date.parse(RECOVERED_AT)
const ledger = signerOf(generateSkey('gw.example/ledger'))
const before = PaperLedger.of(12).texts
const root = (byte: number) => Buffer.alloc(32, byte)

function receiptOf(entry: object, { texts = before, signer = ledger as Signer } = {}): string {
  return recovered(signer, texts, entry).receipt
}

const read = (text: string) => recoveriesIn([text], [ledger.vkey])

t.test('what it accounts for', async (t) => {
  const recoveries = read(receiptOf(said()))
  t.match(recoveries, [{ index: 12, time: AT, restored: 12, lost: { size: 20 }, checkpoint: { size: 15 } }])
  const table: [accounted: boolean, size: number, root: Buffer, at: number | undefined, why: string][] = [
    [true, 20, root(7), AT - 1, 'the checkpoint that it names'],
    [true, 13, root(1), AT - 1, 'one below that'],
    [true, 13, root(1), undefined, 'one of a time that is not known'],
    [false, 20, root(8), AT - 1, 'another of the same size'],
    [false, 21, root(7), AT - 1, 'one of more than it says was lost'],
    [false, 12, root(1), AT - 1, 'one of what it says was restored'],
    [false, 0, root(1), AT - 1, 'an empty one'],
    [false, 20, root(7), AT + 1, 'one that was seen after it'],
  ]
  for (const [accounted, size, root, at, why] of table)
    t.equal(recoveryFor(recoveries, { size, root }, at) !== undefined, accounted, why)
})

t.test('of several the newest', async (t) => {
  const one = receiptOf(said())
  const two = receiptOf(said({ time: '2026-11-23T15:00:00.000Z' }), { texts: [...before, 'x', 'y'] })
  const recoveries = recoveriesIn([two, one], [ledger.vkey])
  t.same(
    recoveries.map(({ index }) => index),
    [12, 14],
  )
  t.equal(recoveryFor(recoveries, { size: 16, root: root(1) }, AT)?.index, 14)
})

t.test('what names no checkpoint accounts for nothing', async (t) => {
  const recoveries = read(receiptOf(said({ lost: undefined })))
  t.match(recoveries, [{ index: 12, lost: undefined }])
  t.equal(recoveryFor(recoveries, { size: 13, root: root(1) }, AT), undefined)
})

t.test('what is no recovery of this ledger is left out', async (t) => {
  const other = signerOf(generateSkey('gw.example/ledger'))
  const texts = {
    'of another key': receiptOf(said(), { signer: other }),
    'of another kind': receiptOf(said({ kind: 'key-rotated' })),
    'of another version': receiptOf(said({ v: 2 })),
    'restored after itself': receiptOf(said({ restored: 13 })),
    'lost before restored': receiptOf(said({ lost: { root: root(7).toString('base64'), size: 12 } })),
    'no root': receiptOf(said({ lost: { size: 20, root: 'AAAA' } })),
    'a lost null': receiptOf(said({ lost: null })),
    'no time': receiptOf(said({ time: 'then' })),
    'a reason that is no word': receiptOf(said({ reason: { of: 1 } })),
    'no size': receiptOf(said({ restored: '12' })),
    nothing: '',
  }
  for (const [name, text] of Object.entries(texts)) t.same(read(text), [], name)
  t.throws(
    () =>
      read(
        receiptOf(said()).replace(
          /extra \S+/,
          `extra ${Buffer.from(JSON.stringify(said({ restored: 3 }))).toString('base64')}`,
        ),
      ),
    { code: 'ERR_LEDGER_INVALID' },
    'an entry that is not the one that was signed',
  )
})
