// The ledger's next key, beside the one that signs: it takes over once a checkpoint that it has signed, too, is durable.
import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { openCheckpoint } from '../../audit/checkpoint.ts'
import { generateSkey, signerOf, verifierOf } from '../../audit/note.ts'
import type { Signer } from '../../audit/note.ts'
import { SluiceError } from '../../base/errors.ts'
import { createKeyFile, readKeyFile } from './key-file.ts'

const KEY = "The ledger's next signing key"

/** The signer in the file, which an earlier attempt may have left; else a new one, durably. Throws ERR_STORE. */
export function nextSigner(keyPath: string, origin: string): Signer {
  const path = nextPath(keyPath)
  const signer = readKeyFile(path, KEY, signerOf)
  if (signer?.name === origin) return signer
  if (!signer) {
    createKeyFile(path, KEY, generateSkey(origin))
    return nextSigner(keyPath, origin)
  }
  throw new SluiceError('ERR_STORE', `${KEY} belongs to another origin: ${path} signs for ${signer.name}.`, {
    nextSteps: [`Remove ${path}: it has signed nothing.`],
  })
}

/** The key of a rotation that was begun, and is not finished. */
export function pendingKey(keyPath: string): string | undefined {
  return readKeyFile(nextPath(keyPath), KEY, signerOf)?.vkey
}

/**
 * Puts the next key in the place of the ledger's where the store's newest checkpoint is signed by it: a rotation is
 * finished so, by the command itself or, where that was cut off, by the next start. Throws ERR_STORE.
 */
export function adoptNextKey(keyPath: string, note: string | undefined): void {
  const next = readKeyFile(nextPath(keyPath), KEY, signerOf)
  if (!next || note === undefined || !openCheckpoint(note, verifierOf(next.vkey))) return
  try {
    renameSync(nextPath(keyPath), keyPath)
    if (process.platform === 'win32') return
    const folder = openSync(dirname(keyPath), 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (cause) {
    throw new SluiceError('ERR_STORE', `The ledger's signing key can't be replaced: ${keyPath}.`, { cause })
  }
}

function nextPath(keyPath: string): string {
  return `${keyPath}.next`
}
