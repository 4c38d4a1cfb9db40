// The secret that this user's tunnel keys are made of: a file that nobody else can read. It opens nothing by itself.
import { randomBytes } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../base/errors.ts'
import { withLock } from '../../login/lock.ts'
import { replaceFile } from '../../login/replace-file.ts'

/** The secret in `folder`; made where there is none. Rejects with ERR_STORE, also where others may have read it. */
export async function tunnelSecret(folder: string): Promise<string> {
  const path = join(folder, 'tunnel-secret')
  return (
    (await read(path)) ??
    withLock(`${path}.lock`, async () => {
      const made = await read(path)
      if (made !== undefined) return made
      const secret = randomBytes(32).toString('base64url')
      await replaceFile(path, `${secret}\n`)
      return secret
    })
  )
}

async function read(path: string): Promise<string | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(path, "can't be read", error)
  }
  try {
    const { mode, uid } = await file.stat()
    if (process.platform !== 'win32') {
      if ((mode & 0o077) !== 0) throw unusable(path, 'is open to other users of this machine')
      if (uid !== process.geteuid?.()) throw unusable(path, 'belongs to another user')
    }
    const secret = (await file.readFile('utf8')).trim()
    if (!/^[\w-]{43}$/.test(secret)) throw unusable(path, 'is damaged')
    return secret
  } finally {
    await file.close()
  }
}

function unusable(path: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_STORE', `${path}, which the keys of your tunnels are made of, ${why}.`, {
    nextSteps: ['Remove it: another is made, and tools need the new key (sluice env MODEL).'],
    cause,
  })
}
