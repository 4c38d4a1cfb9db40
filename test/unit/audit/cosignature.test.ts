import { createPublicKey, hash, verify } from 'node:crypto'
import t from 'tap'
import { cosignatureVerifier, cosignerOf, generateCosignerKey } from '../../../src/audit/cosignature.ts'
import { openNote, verifierOf } from '../../../src/audit/note.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'

const NOW = Date.parse('2026-11-23T14:00:00.900Z')
const ledger = PaperLedger.of(5)
const note = ledger.note()
const { text } = openNote(note) ?? { text: '' }
const cosigner = cosignerOf(generateCosignerKey('witness.example/w1'))
const cosigned = `${note}${cosigner.cosign(text, NOW)}\n`

t.test('a cosignature is, byte for byte, what tlog-cosignature says', async (t) => {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([^+]+)\+(.+)$/.exec(cosigner.vkey) ?? []
  const key = Buffer.from(encoded, 'base64')
  t.equal(key[0], 4)
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n\u0004`), key.subarray(1)]), 'hex')
  t.equal(id, keyId.slice(0, 8))
  const line = cosigner.cosign(text, NOW)
  t.match(line, /^— witness\.example\/w1 [A-Za-z0-9+/]+=*$/)
  const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64')
  t.equal(bytes.length, 4 + 8 + 64)
  t.equal(bytes.toString('hex', 0, 4), id)
  t.equal(bytes.readBigUInt64BE(4), 1795442400n)
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)])
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  const message = `cosignature/v1\ntime 1795442400\n${text}`
  t.ok(verify(null, Buffer.from(message), publicKey, bytes.subarray(12)))
})

t.test('it is found on the note, and the log’s own signature beside it still opens', async (t) => {
  const witness = cosignatureVerifier(cosigner.vkey)
  t.same(witness.find(cosigned)?.time, Date.parse('2026-11-23T14:00:00.000Z'))
  t.equal(verifierOf(ledger.signer.vkey).open(cosigned), text)
  t.equal(witness.find(note), undefined, 'without one')
  const later = `${cosigned}${cosigner.cosign(text, NOW + 60_000)}\n`
  t.same(witness.find(later)?.time, Date.parse('2026-11-23T14:01:00.000Z'), 'the newest of two')
})

t.test('one that does not hold is none', async (t) => {
  const witness = cosignatureVerifier(cosigner.vkey)
  const other = cosignerOf(generateCosignerKey('witness.example/w1'))
  const [, , encoded = ''] = cosigner.cosign(text, NOW).split(' ')
  const bytes = Buffer.from(encoded, 'base64')
  const changed = (at: number) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return `${note}— witness.example/w1 ${copy.toString('base64')}\n`
  }
  const table = {
    'of another key of that name': `${note}${other.cosign(text, NOW)}\n`,
    'of another checkpoint': `${note}${cosigner.cosign(openNote(ledger.note(4))?.text ?? '', NOW)}\n`,
    'of another time': changed(11),
    'another signature': changed(40),
    'cut short': `${note}— witness.example/w1 ${bytes.subarray(0, 60).toString('base64')}\n`,
  }
  for (const [what, touched] of Object.entries(table)) t.equal(witness.find(touched), undefined, what)
})

t.test('keys of logs and of witnesses are not taken for each other', async (t) => {
  t.throws(() => cosignatureVerifier(ledger.signer.vkey), TypeError)
  t.throws(() => verifierOf(cosigner.vkey), TypeError)
})
