// Replacing a small private file so that a reader sees the old or the new one, never a half.
import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { SluiceError } from '../base/errors.ts'

/** ERR_STORE for a file of the client that can't be written; names the cause by the system's code. */
export function unwritable(path: string, cause: unknown): SluiceError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new SluiceError('ERR_STORE', `${path} can't be written${code}.`, {
    nextSteps: ['Look at the permissions of its folder, and for a disk that is full or read-only.'],
    cause,
  })
}

/** On return the file holds `text`, durably, readable by its owner alone. Rejects with ERR_STORE. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw unwritable(path, error)
  }
}
