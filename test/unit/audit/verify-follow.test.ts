import t from 'tap'
import { signCheckpoint } from '../../../src/audit/checkpoint.ts'
import { leafHash } from '../../../src/audit/merkle.ts'
import { generateSkey } from '../../../src/audit/note.ts'
import { FollowVerifier } from '../../../src/audit/verify-follow.ts'
import type { FollowTrust } from '../../../src/audit/verify-follow.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'

const skey = generateSkey('gw.example/ledger')
const honest = PaperLedger.of(9, skey)
const { vkey } = honest.signer

function verify(lines: readonly unknown[], trust: Partial<FollowTrust> = {}) {
  const verifier = new FollowVerifier({ vkey, all: true, from: 0, ...trust })
  const entries = lines.flatMap((line) => verifier.accept(line) ?? [])
  verifier.end()
  return { entries, pin: verifier.pin }
}

const invalid = (says: string) => ({ code: 'ERR_LEDGER_INVALID', message: new RegExp(says) })

t.test('an honest reply verifies, and its checkpoint is the new pin', async (t) => {
  const { entries, pin } = verify([...honest.reply(0), { heartbeat: true }])
  t.same(
    entries.map(({ index }) => index),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  )
  t.match(entries[3], { entry: { kind: 'signed-in', n: 3 }, name: 'ada@example.dev', size: 9 })
  t.equal(pin, honest.note())
})

t.test('later checkpoints, and a later visit, extend the pinned one', async (t) => {
  const first = verify(honest.reply(0, 0, 4))
  const second = verify(
    [honest.checkpointLine(4, 6), honest.entryLine(4, 6), honest.entryLine(5, 6), ...honest.reply(6, 6)],
    {
      from: 4,
      pin: first.pin as string,
    },
  )
  t.same(
    second.entries.map(({ index, size }) => [index, size]),
    [
      [4, 6],
      [5, 6],
      [6, 9],
      [7, 9],
      [8, 9],
    ],
  )
  t.equal(verify([honest.checkpointLine(9)], { from: 9, pin: honest.note() }).pin, honest.note())
})

t.test('one subject’s entries have gaps between them, but stay in order', async (t) => {
  const own = [honest.checkpointLine(0), honest.entryLine(2), honest.entryLine(7)]
  t.equal(verify(own, { all: false }).entries.length, 2)
  const swapped = [honest.checkpointLine(0), honest.entryLine(7), honest.entryLine(2)]
  t.throws(() => verify(swapped, { all: false }), invalid('entry 2 is out of order'))
})

t.test('an altered entry is named', async (t) => {
  const lines = honest.reply(0)
  lines[5] = { ...honest.entryLine(4), entry: honest.texts[4]?.replace('sub_a', 'sub_b') }
  t.throws(() => verify(lines), invalid('entry 4 is not what the checkpoint of size 9 covers'))
})

t.test('an entry under another index, a doubled, a dropped, a missing last one are named', async (t) => {
  const [checkpoint, ...entries] = honest.reply(0)
  const renamed = entries.with(3, { ...honest.entryLine(5), index: 3 })
  t.throws(() => verify([checkpoint, ...renamed]), invalid('entry 3 is not what'))
  t.throws(
    () => verify([checkpoint, ...entries.toSpliced(3, 0, entries[2] as object)]),
    invalid('entry 2 is out of order'),
  )
  t.throws(
    () => verify([checkpoint, ...entries.toSpliced(3, 1)]),
    invalid('entry 3 is missing: 4 came instead'),
  )
  t.throws(() => verify([checkpoint, ...entries.slice(0, -1)]), invalid('entry 8 is missing'))
  t.throws(
    () => verify([checkpoint, honest.checkpointLine(9)]),
    invalid('entry 0 is missing before the checkpoint'),
  )
})

t.test('a checkpoint of another key, or whose signature was touched, is refused', async (t) => {
  const other = PaperLedger.of(9)
  t.throws(
    () => verify(other.reply(0)),
    invalid('not signed by gw.example/ledger’s pinned key'.replace('’', "'")),
  )
  const touched = { ...honest.checkpointLine(0), checkpoint: honest.note().replace('\n9\n', '\n8\n') }
  t.throws(() => verify([touched]), invalid('not signed'))
  t.throws(
    () => verify(honest.reply(0), { pin: other.note() }),
    invalid('pinned here is not signed by the key'),
  )
})

t.test('a rollback is refused', async (t) => {
  t.throws(
    () => verify(honest.reply(0, 0, 4), { pin: honest.note() }),
    invalid('rolled back: it held 9 entries, now it says 4'),
  )
})

t.test('a fork and a rewritten past are refused', async (t) => {
  const texts = honest.texts.with(2, '{"kind":"signed-in","time":"2026-11-23T14:00:00.000Z"}')
  const liar = new PaperLedger(texts, skey)
  t.throws(() => verify(liar.reply(9), { pin: honest.note() }), invalid('forked: two checkpoints of size 9'))
  t.throws(() => verify(liar.reply(5), { pin: honest.note(5) }), invalid('rewritten before entry 5'))
  t.throws(
    () => verify([honest.checkpointLine(0)], { pin: honest.note(5) }),
    invalid('rewritten before entry 5'),
    'no proof',
  )
})

t.test('entries before a checkpoint, none at all, and nonsense are refused', async (t) => {
  t.throws(() => verify([honest.entryLine(0)]), invalid('entry 0 came before any checkpoint'))
  t.throws(() => verify([]), invalid('ended without a checkpoint'))
  const nonsense = [
    'text',
    null,
    { checkpoint: 7 },
    { checkpoint: honest.note(), consistency: 'x' },
    { checkpoint: honest.note(), consistency: ['short'] },
  ]
  for (const line of nonsense) {
    t.throws(() => verify([line], { pin: honest.note(5) }), { code: 'ERR_LEDGER_INVALID' })
  }
  for (const line of [
    { entry: '{}' },
    { entry: 7, index: 0, inclusion: [] },
    { ...honest.entryLine(0), inclusion: undefined },
    { ...honest.entryLine(0), index: 99 },
  ]) {
    t.throws(() => verify([honest.checkpointLine(0), line], { all: false }), { code: 'ERR_LEDGER_INVALID' })
  }
})

t.test('a leaf that is proved but is no entry is refused', async (t) => {
  const odd = new PaperLedger(['[]'], skey)
  t.throws(() => verify(odd.reply(0)), invalid('entry 0 is in the ledger but is not an entry'))
})

t.test('an empty ledger is a fine anchor', async (t) => {
  const empty = new PaperLedger([], skey)
  const pin = verify(empty.reply(0)).pin as string
  t.equal(verify(honest.reply(0), { pin }).entries.length, 9)
  const bogus = signCheckpoint({ size: 0, root: leafHash('x') }, honest.signer)
  t.throws(() => verify(honest.reply(0), { pin: bogus }), invalid('forked or rewritten'))
})
