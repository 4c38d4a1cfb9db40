// A private key in a file of its own, which only the user who runs this may read.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { SluiceError } from '../../base/errors.ts'
import { writeDurably } from './durable-file.ts'

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

/** Never in the place of another key; whoever calls keeps others from creating it at the same time. */
export function createKeyFile(path: string, what: string, skey: string): void {
  try {
    if (existsSync(path)) throw new Error('it exists')
    writeDurably(path, `${skey}\n`)
  } catch (cause) {
    throw new SluiceError('ERR_STORE', `${what} can't be created: ${path}.`, { cause })
  }
}
