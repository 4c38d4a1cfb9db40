// The ledger's signing key: an Ed25519 key in a file that only the gateway's own user may read.
import { unlinkSync } from 'node:fs'
import { generateSkey, signerOf } from '../../audit/note.ts'
import type { Signer } from '../../audit/note.ts'
import { SluiceError } from '../../base/errors.ts'
import { createKeyFile, readKeyFile } from './key-file.ts'

const KEY = "The ledger's signing key"

/**
 * The signer in the file at `path`; for a ledger that is new, a missing file is created, durably, and for one that
 * was never served a key of another origin is replaced. Throws ERR_STORE where the file is missing, open to others, not
 * a key, or a key of another origin.
 */
export function openSigner(path: string, origin: string, ledger: 'new' | 'unserved' | 'existing'): Signer {
  const signer = readKeyFile(path, KEY, signerOf)
  if (!signer && ledger !== 'existing') {
    createKeyFile(path, KEY, generateSkey(origin))
    return openSigner(path, origin, 'existing')
  }
  if (!signer) {
    throw new SluiceError('ERR_STORE', `The ledger's signing key is missing: ${path}.`, {
      nextSteps: ['Restore the key from its backup; a ledger does not go on under another key.'],
    })
  }
  if (signer.name !== origin && ledger === 'unserved') {
    unlinkSync(path)
    return openSigner(path, origin, 'new')
  }
  if (signer.name !== origin) {
    const names = `${path} signs for ${signer.name}, the configuration says ${origin}`
    throw new SluiceError('ERR_STORE', `The ledger's signing key belongs to another origin: ${names}.`, {
      nextSteps: [
        'Set public_url back (or listen, where it follows from that), or name another folder in "store".',
      ],
    })
  }
  return signer
}
