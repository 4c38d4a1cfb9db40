// A keychain for machines that have none: files that only their owner can read.
import { createHash } from 'node:crypto'
import { chmod, mkdir, open, rm } from 'node:fs/promises'
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
        throw unusable(path, 'read', error)
      }
      try {
        const { mode, uid } = await file.stat()
        if (uid !== (process.geteuid?.() ?? uid)) {
          throw new SluiceError('ERR_KEYCHAIN', `${path} belongs to another user of this machine.`, {
            nextSteps: [`rm ${quoted(path)}`, 'sluice login'],
          })
        }
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
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        // A folder that was there already may let others put their own files in the place of these.
        await chmod(folder, 0o700)
      } catch (error) {
        throw unusable(folder, 'written', error)
      }
      await replaceFile(pathOf(gateway), secret)
    },
    async remove(gateway) {
      const path = pathOf(gateway)
      await rm(path, { force: true }).catch((error: unknown) => {
        throw unusable(path, 'removed', error)
      })
    },
  }
}

function unusable(path: string, verb: string, cause: unknown): SluiceError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new SluiceError('ERR_KEYCHAIN', `${path} can't be ${verb}${code}.`, {
    nextSteps: ['Look at the permissions of its folder, and whether its disk may be written.'],
    cause,
  })
}

// As a shell takes it: the platform's own folder may have a space in its name.
function quoted(path: string): string {
  return /^[\w/.-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
