// A ledger's files in a folder, in the layout of https://c2sp.org/tlog-tiles: read, and written as a copy of another's.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LedgerFiles } from '../../audit/published.ts'
import { SluiceError } from '../../base/errors.ts'

/** The files in the folder as they are; rejects with ERR_STORE for one that is there and can't be read. */
export function folderFiles(folder: string): LedgerFiles {
  return async (path) => {
    try {
      return await readFile(join(folder, path))
    } catch (cause) {
      const code = codeOf(cause)
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      throw new SluiceError('ERR_STORE', `${join(folder, path)} can't be read (${code}).`, { cause })
    }
  }
}

/** The files in a folder that has to be there; rejects with ERR_USAGE where it is none: a path that is mistyped is no ledger that was cut off. */
export async function filesIn(folder: string): Promise<LedgerFiles> {
  if (await isThere(folder)) return folderFiles(folder)
  throw wrongPath(`There is no folder ${folder}.`)
}

/** Rejects with ERR_USAGE where something else stands in the folder's place, or it can't be read. */
export async function isThere(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(codeOf)
  if (found === 'ENOENT') return false
  if (found === 'ENOTDIR' || (typeof found !== 'string' && !found.isDirectory()))
    throw wrongPath(`${folder} is no folder.`)
  if (typeof found === 'string') throw wrongPath(`The folder ${folder} can't be read (${found}).`)
  return true
}

function wrongPath(what: string): SluiceError {
  return new SluiceError('ERR_USAGE', what, { nextSteps: ['Is it the right path?'] })
}

export interface Copy {
  /** The other's files, each written to the folder before it is handed on; full ones that are there already are read from there. */
  readonly files: LedgerFiles
  /** Writes the checkpoint, after the files that go with it: to be called once all that they cover is verified. */
  finish(note: string, besides?: { readonly [path: string]: Uint8Array | undefined }): Promise<void>
}

/** A copy of `from` in the making. It has no checkpoint of its own before it is finished, or the one of an earlier copy. */
export function copyInto(folder: string, from: LedgerFiles): Copy {
  const kept = folderFiles(folder)
  return {
    async files(path) {
      if (!path.startsWith('tile/')) return from(path)
      const before = path.includes('.p/') ? undefined : await kept(path)
      if (before) return before
      const bytes = await from(path)
      if (bytes) await write(join(folder, path), bytes)
      return bytes
    },
    async finish(note, besides = {}) {
      for (const [path, bytes] of Object.entries(besides)) if (bytes) await write(join(folder, path), bytes)
      await write(join(folder, 'checkpoint'), note)
    },
  }
}

// Under its own name only once it is whole.
async function write(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(draft, content)
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw new SluiceError('ERR_STORE', `${path} can't be written (${codeOf(cause)}).`, { cause })
  }
}

function codeOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? 'unknown'
}
