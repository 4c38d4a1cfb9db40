// What a witness goes along with: a receipt that accounts for what it cosigned, once, and nothing else.
import t from 'tap'
import { readCheckpoint } from '../../../src/audit/checkpoint.ts'
import { generateSkey, signerOf } from '../../../src/audit/note.ts'
import { acceptRecovery } from '../../../src/witness/accept-recovery.ts'
import type { RecoveryEntry, Seen } from '../../../src/witness/state.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'
import { recovered, RECOVERED_AT, saidToBeLost } from '../../support/recovered.ts'

const ORIGIN = 'gw.example/ledger'
const AT = Date.parse(RECOVERED_AT)
const signer = signerOf(generateSkey(ORIGIN))
const texts = PaperLedger.of(12).texts
const { receipt, note } = recovered(signer, texts, saidToBeLost())

function witnessAt(known: Seen | undefined) {
  const before: RecoveryEntry[] = []
  let seen = known
  return {
    seen: () => seen,
    now: () => AT + 1000,
    state: {
      latest: () => seen,
      advance: () => false,
      startAgain(_: string, entry: RecoveryEntry, to: Seen) {
        before.push(entry)
        seen = to
      },
      hasStartedAgain: (_: string, { index, time }: RecoveryEntry) =>
        before.some((one) => one.index === index && one.time === time),
      close: () => undefined,
    },
  }
}

const cosigned = (size: number, time: number | undefined = AT - 1000): Seen => {
  return { size, root: Buffer.alloc(32, 7), note: 'kept', time }
}

t.test('it goes on from the receipt’s checkpoint, once', async (t) => {
  const witness = witnessAt(cosigned(18))
  t.match(acceptRecovery(witness, [signer.vkey], receipt), {
    origin: ORIGIN,
    seen: 18,
    recovery: { index: 12 },
  })
  t.same(witness.seen(), { size: 15, root: readCheckpoint(note)?.root, note, time: AT + 1000 })
  t.equal(acceptRecovery(witness, [signer.vkey], receipt), undefined)
})

t.test('where nothing that it cosigned is lost there is nothing to go along with', async (t) => {
  for (const known of [undefined, cosigned(12), cosigned(3)]) {
    const witness = witnessAt(known)
    t.equal(acceptRecovery(witness, [signer.vkey], receipt), undefined)
    t.equal(witness.seen(), known)
  }
})

t.test('what does not account for what it cosigned is refused', async (t) => {
  const other = { ...cosigned(20), root: Buffer.alloc(32, 8) }
  for (const known of [cosigned(21), other, cosigned(18, AT + 1)]) {
    const witness = witnessAt(known)
    t.throws(() => acceptRecovery(witness, [signer.vkey], receipt), { code: 'ERR_LEDGER_INVALID' })
    t.equal(witness.seen(), known, 'it stays where it is')
  }
  t.ok(acceptRecovery(witnessAt({ ...cosigned(20), time: undefined }), [signer.vkey], receipt))
})

t.test('what no log that it knows has signed is no receipt', async (t) => {
  const witness = witnessAt(cosigned(18))
  const stranger = signerOf(generateSkey(ORIGIN)).vkey
  for (const [keys, text] of [
    [[stranger], receipt],
    [[signer.vkey], 'nothing'],
  ] as const)
    t.throws(() => acceptRecovery(witness, keys, text), { code: 'ERR_USAGE' })
})
