// A ledger's files in a folder, in the layout of https://c2sp.org/tlog-tiles: read, and written as a copy of another's.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { equal } from '../../audit/merkle.ts'
import type { LedgerFiles } from '../../audit/published.ts'
import { parseTilePath, TILE_WIDTH, tileWidth, type TileName } from '../../audit/tiles.ts'
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
  /**
   * The other's files, each written to the folder before it is handed on. What is there already is read from there, if it is
   * full or the folder's checkpoint covers it.
   */
  readonly files: LedgerFiles
  /** Whether some that were there already are covered by no checkpoint of the folder's: a copy was cut off before it had one. */
  readonly hasTakenUnsealed: boolean
  /** Once more, without taking those: where the other's are not the same, what stood there is kept below `unsealed/`. */
  anew(): Copy
  /** From which entry on, and where that stands now; undefined where nothing was put aside. */
  readonly putAside: { readonly from: number; readonly folder: string } | undefined
  /** Writes the checkpoint, after the files that go with it: to be called once all that they cover is verified. */
  finish(note: string, besides?: { readonly [path: string]: Uint8Array | undefined }): Promise<void>
}

/**
 * A copy of `from` in the making. It has no checkpoint of its own before it is finished, or the one of an earlier copy, of
 * size `sealed`.
 */
export function copyInto(folder: string, from: LedgerFiles, sealed = 0, unsealed?: string): Copy {
  const kept = folderFiles(folder)
  /** Written in this go. */
  const fetched = new Set<string>()
  let hasTakenUnsealed = false
  let putAside: Copy['putAside']
  return {
    async files(path) {
      const tile = parseTilePath(path)
      if (!tile) return from(path)
      const isSealed = isCovered(tile, sealed)
      const isOwn = isSealed || fetched.has(path)
      // What the folder's own checkpoint covers was verified, and stays.
      const isKept = isSealed || tile.width === TILE_WIDTH
      const before = isKept || unsealed !== undefined ? await kept(path) : undefined
      if (before && isKept && (isOwn || unsealed === undefined)) {
        hasTakenUnsealed ||= !isOwn
        return before
      }
      const bytes = await from(path)
      if (bytes && before && unsealed !== undefined && !equal(before, bytes)) {
        await write(join(unsealed, path), before)
        putAside = { from: Math.min(firstOf(tile), putAside?.from ?? Infinity), folder: unsealed }
      }
      if (bytes) await write(join(folder, path), bytes)
      fetched.add(path)
      return bytes
    },
    get hasTakenUnsealed() {
      return hasTakenUnsealed
    },
    anew() {
      const now = new Date().toISOString().replace(/\W/g, '')
      return copyInto(folder, from, sealed, join(folder, 'unsealed', now))
    },
    get putAside() {
      return putAside
    },
    async finish(note, besides = {}) {
      for (const [path, bytes] of Object.entries(besides)) if (bytes) await write(join(folder, path), bytes)
      await write(join(folder, 'checkpoint'), note)
    },
  }
}

function isCovered({ level, number, width }: TileName, size: number): boolean {
  return tileWidth(level === 'entries' ? 0 : level, number, size) >= width
}

/** The first entry below the tile. */
function firstOf({ level, number }: TileName): number {
  return number * TILE_WIDTH ** (level === 'entries' ? 1 : level + 1)
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
