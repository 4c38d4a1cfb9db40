// A keychain for machines that have none: files that only their owner can read.
import { createHash } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../base/errors.ts'
import type { Keychain } from '../../login/keychain.ts'
import { replaceFile } from '../../login/replace-file.ts'

/** Secrets under `folder`, each 0600. A file that others may read is refused, since it may have been read. */
export function secretFile(folder: string): Keychain & { pathOf(gateway: string): string } {
  const pathOf = (gateway: string): string =>
    join(folder, `${createHash('sha256').update(gateway).digest('hex').slice(0, 32)}.json`)

  return {
    kind: 'file',
    pathOf,
    async get(gateway) {
      const path = pathOf(gateway)
      let file
      try {
        file = await open(path, 'r')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw new SluiceError('ERR_KEYCHAIN', `${path} can't be read.`, { cause: error })
      }
      try {
        const { mode } = await file.stat()
        if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
          throw new SluiceError('ERR_KEYCHAIN', `${path} is open to other users of this machine.`, {
            nextSteps: [
              `chmod 600 ${quoted(path)}`,
              'If another user may have read it, sign in anew: sluice logout, then sluice login.',
            ],
          })
        }
        return await file.readFile('utf8')
      } finally {
        await file.close()
      }
    },
    async set(gateway, secret) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await replaceFile(pathOf(gateway), secret)
    },
    async remove(gateway) {
      await rm(pathOf(gateway), { force: true })
    },
  }
}

// As a shell takes it: the platform's own folder may have a space in its name.
function quoted(path: string): string {
  return /^[\w/.-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
