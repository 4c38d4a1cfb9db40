import t from 'tap'
import { cosignatureVerifier, cosignerOf, generateCosignerKey } from '../../../src/audit/cosignature.ts'
import { generateSkey, verifierOf } from '../../../src/audit/note.ts'
import { addCheckpoint } from '../../../src/witness/add-checkpoint.ts'
import type { Witness } from '../../../src/witness/add-checkpoint.ts'
import type { RecoveryEntry, Seen } from '../../../src/witness/state.ts'
import { requestOf } from '../../support/add-checkpoint.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'

const SKEY = generateSkey('gw.example/ledger')
const ledger = PaperLedger.of(20, SKEY)
const forked = new PaperLedger([...ledger.texts.slice(0, 6), 'another', ...ledger.texts.slice(7)], SKEY)

/** One that has cosigned `size` entries of the ledger. */
function witnessAt(size: number): Witness & { readonly seen: Map<string, Seen> } {
  const seen = new Map<string, Seen>()
  const witness = {
    cosigner: cosignerOf(generateCosignerKey('witness.example/w1')),
    logs: new Map([['gw.example/ledger', [verifierOf(ledger.signer.vkey)]]]),
    seen,
    state: {
      latest: (origin: string) => seen.get(origin),
      advance(origin: string, from: number, to: Seen) {
        if ((seen.get(origin)?.size ?? 0) !== from) return false
        seen.set(origin, to)
        return true
      },
      startAgain: (origin: string, _: RecoveryEntry, to: Seen) => void seen.set(origin, to),
      hasStartedAgain: () => false,
      close: () => undefined,
    },
    now: () => Date.parse('2026-11-23T14:00:00.000Z'),
  }
  if (size > 0) addCheckpoint(witness, requestOf(ledger, 0, size))
  return witness
}

t.test('what extends what was cosigned before is cosigned, at every pair of sizes', async (t) => {
  for (let old = 0; old <= 20; old++) {
    for (let size = old; size <= 20; size++) {
      const witness = witnessAt(old)
      const answer = addCheckpoint(witness, requestOf(ledger, old, size))
      t.equal(answer.status, 200, `${old} → ${size}`)
      const verifier = cosignatureVerifier(witness.cosigner.vkey)
      t.ok(verifier.find(`${ledger.note(size)}${answer.body}`))
      t.equal(witness.seen.get('gw.example/ledger')?.size ?? 0, size)
    }
  }
})

t.test('everything else is refused, each as tlog-witness says, and nothing of it is kept', async (t) => {
  const good = requestOf(ledger, 5)
  const [head = '', note = ''] = good.split('\n\n', 2)
  const hashes = head.split('\n').slice(1)
  const otherKey = PaperLedger.of(20)
  const otherLog = PaperLedger.of(20, generateSkey('other.example/ledger'))
  const many = `${hashes[0]}\n`.repeat(64)
  const table: { readonly [what: string]: readonly [body: string, status: number, answer?: string] } = {
    'an old size that is not the known one': [requestOf(ledger, 4), 409, '5\n'],
    'no old size, where it is not known yet by the log': [requestOf(ledger, 0), 409, '5\n'],
    'an older checkpoint': [requestOf(ledger, 3, 3), 409, '5\n'],
    'an old size beyond the checkpoint': [requestOf(ledger, 0, 3).replace('old 0', 'old 5'), 400],
    'a hash of the proof is missing': [good.replace(`${hashes[0]}\n`, ''), 422],
    'a hash too many': [good.replace(`${hashes[0]}\n`, `${hashes[0]}\n${hashes[0]}\n`), 422],
    'a proof of other sizes': [requestOf(ledger, 6).replace('old 6', 'old 5'), 422],
    'another key of that name': [requestOf(otherKey, 5), 403],
    'a signature that does not fit': [good.replace('\n20\n', '\n21\n'), 403],
    'a log that it does not know': [requestOf(otherLog, 5), 404],
    'no signature at all': [`${head}\n\n${note}\n\n`, 400],
    'no old line': [good.replace('old 5\n', ''), 400],
    'an old line with a zero before': [good.replace('old 5', 'old 05'), 400],
    'an old line with a sign': [good.replace('old 5', 'old -5'), 400],
    'an old size that no tree has': [good.replace('old 5', 'old 9999999999999999'), 400],
    'a hash of another length': [good.replace(hashes[0] ?? '', 'AAAA'), 400],
    'a hash that is no base64': [good.replace(hashes[0] ?? '', `${'!'.repeat(43)}=`), 400],
    '64 hashes': [`old 5\n${many}\n${ledger.note()}`, 400],
    'no empty line': [good.replace('\n\n', '\n'), 400],
    CRLF: [good.replaceAll('\n', '\r\n'), 400],
    nothing: ['', 400],
  }
  for (const [what, [body, status, answer]] of Object.entries(table)) {
    const witness = witnessAt(5)
    const answered = addCheckpoint(witness, body)
    t.equal(answered.status, status, what)
    if (answer !== undefined) t.equal(answered.body, answer, what)
    t.equal(witness.seen.get('gw.example/ledger')?.size, 5, `${what}: nothing is kept`)
    t.notMatch(answered.body, '—', 'nothing is cosigned')
  }
})

t.test('a fork is told from what may be a wrong proof', async (t) => {
  const witness = witnessAt(10)
  const same = addCheckpoint(witness, requestOf(forked, 10, 10))
  t.match(same, { status: 409, body: '10\n', unproved: { known: 10, isFork: true } })
  const longer = addCheckpoint(witness, requestOf(forked, 10, 20))
  t.match(longer, { status: 422, unproved: { known: 10, isFork: false } })
  t.match(addCheckpoint(witness, requestOf(ledger, 4, 20)), { status: 409, unproved: undefined })
  t.equal(addCheckpoint(witnessAt(5), requestOf(forked, 5, 20)).status, 200, 'the fork begins after entry 5')
})

t.test('a log in rotation is known by both its keys', async (t) => {
  const next = PaperLedger.of(20)
  const witness = witnessAt(5)
  const both = [verifierOf(ledger.signer.vkey), verifierOf(next.signer.vkey)]
  const rotating = { ...witness, logs: new Map([['gw.example/ledger', both]]) }
  t.equal(addCheckpoint(rotating, requestOf(next, 5)).status, 200)
})

t.test('of two requests, checked at the same size, one is told of the other', async (t) => {
  const witness = witnessAt(5)
  const { advance } = witness.state
  witness.state.advance = (...asked) => {
    witness.state.advance = advance
    t.equal(addCheckpoint(witness, requestOf(ledger, 5, 20)).status, 200, 'the other one comes between')
    return advance(...asked)
  }
  t.match(addCheckpoint(witness, requestOf(ledger, 5, 8)), { status: 409, body: '20\n' })
  t.equal(witness.seen.get('gw.example/ledger')?.size, 20, 'nothing was rolled back')
})
