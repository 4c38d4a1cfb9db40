// The ledger's signing key: an Ed25519 key in a file that only the gateway's own user may read.
import { closeSync, fsyncSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { generateSkey, signerOf } from '../../audit/note.ts'
import type { Signer } from '../../audit/note.ts'
import { SluiceError } from '../../base/errors.ts'

/**
 * The signer in the file at `path`; for a ledger that is new, a missing file is created, durably, and for one that
 * was never served a key of another origin is replaced. Throws ERR_STORE where the file is missing, open to others, not
 * a key, or a key of another origin.
 */
export function openSigner(path: string, origin: string, ledger: 'new' | 'unserved' | 'existing'): Signer {
  const text = read(path)
  if (text === undefined && ledger !== 'existing') {
    create(path, `${generateSkey(origin)}\n`)
    return openSigner(path, origin, 'existing')
  }
  if (text === undefined) {
    throw new SluiceError('ERR_STORE', `The ledger's signing key is missing: ${path}.`, {
      nextSteps: ['Restore the key from its backup; a ledger does not go on under another key.'],
    })
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new SluiceError('ERR_STORE', `The ledger's signing key is open to other users: ${path}.`, {
      nextSteps: [`chmod 600 ${path}`],
    })
  }
  const signer = parse(path, text)
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

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new SluiceError('ERR_STORE', `The ledger's signing key can't be read: ${path}.`, { cause })
  }
}

function parse(path: string, text: string): Signer {
  try {
    return signerOf(text)
  } catch (cause) {
    throw new SluiceError('ERR_STORE', `The ledger's signing key is damaged: ${path}.`, {
      cause,
      nextSteps: ['Restore the key from its backup.'],
    })
  }
}

// The key must outlive a power cut that the first checkpoint outlives: the file and its folder are synced first.
function create(path: string, text: string): void {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
    if (process.platform === 'win32') return
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (cause) {
    throw new SluiceError('ERR_STORE', `The ledger's signing key can't be created: ${path}.`, { cause })
  }
}
