// A stored tree under another key: only the successor that was to sign it may have, and only while that is found out.
import t from 'tap'
import { openTree } from '../../../src/adapters/sql/stored-tree.ts'
import { signCheckpoint, signedBesides } from '../../../src/audit/checkpoint.ts'
import { EMPTY_ROOT } from '../../../src/audit/merkle.ts'
import { generateSkey, signerOf } from '../../../src/audit/note.ts'

const [key, next, another] = [1, 2, 3].map(() => signerOf(generateSkey('gw.example/ledger')))
const checkpoint = { size: 0, root: EMPTY_ROOT }
const nothing = () => new Uint8Array()

t.test('of a rotation whose fate is being found out', async (t) => {
  if (!key || !next || !another) throw new Error('three keys were made')
  const besides = signCheckpoint(checkpoint, next)
  const note = signCheckpoint(checkpoint, key)
  const open = (note: string, besides?: string) =>
    openTree({ size: 0, note }, key, nothing, () => undefined, besides)
  t.doesNotThrow(() => open(note))
  t.doesNotThrow(() => open(note, besides), 'it was not written')
  const rotated = signedBesides(note, besides)
  t.doesNotThrow(() => open(rotated, besides), 'it was')
  t.throws(
    () => open(rotated),
    { code: 'ERR_STORE', message: /signing key was rotated/ },
    'nobody asks for it',
  )
  const byAnother = signedBesides(note, signCheckpoint(checkpoint, another))
  t.throws(() => open(byAnother, besides), { code: 'ERR_STORE' }, 'someone else has rotated')
  t.throws(() => open(besides, besides), { code: 'ERR_LEDGER_INVALID' }, 'the former key has not signed it')
})
