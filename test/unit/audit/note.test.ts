import t from 'tap'
import { openCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.ts'
import { leafHash } from '../../../src/audit/merkle.ts'
import { generateSkey, signerOf, verifierOf } from '../../../src/audit/note.ts'

// From the documentation of Go's golang.org/x/mod/sumdb/note.
const SKEY = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const TEXT =
  'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'.replace(
    '’',
    "'",
  )
const NOTE = `${TEXT}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`

t.test('signs and opens the note that Go signs', async (t) => {
  const signer = signerOf(SKEY)
  t.equal(signer.vkey, VKEY)
  t.equal(signer.sign(TEXT), NOTE)
  t.equal(verifierOf(VKEY).open(NOTE), TEXT)
})

t.test('other signatures on a note are passed over', async (t) => {
  const other = signerOf(generateSkey('witness.example'))
  const theirs = other.sign(TEXT).slice(TEXT.length + 1)
  t.equal(verifierOf(VKEY).open(`${NOTE}${theirs}`), TEXT)
  t.equal(verifierOf(VKEY).open(`${TEXT}\n${theirs}`), undefined)
})

t.test('a note that was touched does not open', async (t) => {
  const touched = {
    'another text': NOTE.replace('answer', 'Answer'),
    'another signature': NOTE.replace('ZJku', 'ZJkU'),
    'another name': NOTE.replace('— Peter', '— Pedro'),
    'no empty line': NOTE.replace('\n\n', '\n'),
    'no last newline': NOTE.trimEnd(),
    'a hyphen for the dash': NOTE.replace('—', '-'),
    'a control character': NOTE.replace('answer', 'ans\u0007wer'),
    'a line between': NOTE.replace('\n\n', '\n\nmore\n'),
    nothing: '',
  }
  for (const [name, note] of Object.entries(touched)) t.equal(verifierOf(VKEY).open(note), undefined, name)
})

t.test('keys that are not keys are refused without being quoted', async (t) => {
  const secret = SKEY.slice(-44)
  for (const bad of [
    '',
    'PRIVATE+KEY+a+b',
    SKEY.replace('c74f20a3', 'c74f20a4'),
    SKEY.replace('+AY', '+BY'),
  ]) {
    try {
      signerOf(bad)
      t.fail('was accepted')
    } catch (error) {
      t.type(error, TypeError)
      t.notMatch(String(error), secret)
    }
  }
  t.throws(() => verifierOf(VKEY.replace('c74f20a3', 'c74f20a4')), TypeError)
  t.throws(() => generateSkey('two words'), TypeError)
})

t.test('a checkpoint says origin, size and root, and opens under its own key only', async (t) => {
  const signer = signerOf(generateSkey('gw.example/ledger'))
  const note = signCheckpoint({ size: 3, root: leafHash('x') }, signer)
  const root = Buffer.from(leafHash('x')).toString('base64')
  t.match(note, `gw.example/ledger\n3\n${root}\n\n— gw.example/ledger `)
  t.same(openCheckpoint(note, verifierOf(signer.vkey)), {
    origin: 'gw.example/ledger',
    size: 3,
    root: leafHash('x'),
  })
  t.equal(openCheckpoint(note, verifierOf(signerOf(generateSkey('gw.example/ledger')).vkey)), undefined)
})

t.test('a signed text that is no checkpoint does not open as one', async (t) => {
  const signer = signerOf(generateSkey('gw.example/ledger'))
  const verifier = verifierOf(signer.vkey)
  const root = Buffer.from(leafHash('x')).toString('base64')
  t.ok(openCheckpoint(signer.sign(`gw.example/ledger\n3\n${root}\nextension\n`), verifier))
  for (const text of [
    `other.example/ledger\n3\n${root}\n`,
    `gw.example/ledger\n03\n${root}\n`,
    `gw.example/ledger\n-3\n${root}\n`,
    `gw.example/ledger\n3\n${root.slice(4)}\n`,
    `gw.example/ledger\n3\n`,
  ]) {
    t.equal(openCheckpoint(signer.sign(text), verifier), undefined)
  }
})
