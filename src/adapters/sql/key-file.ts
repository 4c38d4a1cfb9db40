// A private key in a file of its own, which only the user who runs this may read.
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { SluiceError } from '../../base/errors.ts'

/**
 * What `parse` reads in the file; undefined where there is none. `what` begins the messages, such as `The ledger's
 * signing key`. Throws ERR_STORE where the file can't be read, is open to others, or `parse` throws.
 */
export function readKeyFile<T>(path: string, what: string, parse: (text: string) => T): T | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new SluiceError('ERR_STORE', `${what} can't be read: ${path}.`, { cause })
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new SluiceError('ERR_STORE', `${what} is open to other users: ${path}.`, {
      nextSteps: [`chmod 600 ${path}`],
    })
  }
  try {
    return parse(text)
  } catch (cause) {
    throw new SluiceError('ERR_STORE', `${what} is damaged: ${path}.`, {
      cause,
      nextSteps: ['Restore the key from its backup.'],
    })
  }
}

/** The key must outlive a power cut that its first signature outlives: file and folder are synced before this returns. */
export function createKeyFile(path: string, what: string, skey: string): void {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${skey}\n`)
    fsyncSync(file)
    closeSync(file)
    if (process.platform === 'win32') return
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (cause) {
    throw new SluiceError('ERR_STORE', `${what} can't be created: ${path}.`, { cause })
  }
}
