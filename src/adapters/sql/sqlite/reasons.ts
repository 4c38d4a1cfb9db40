// Why a store can't be opened or written, as SQLite and the system name it, in words; and what to do about it.
import { accessSync, constants, statSync } from 'node:fs'

export interface Reason {
  /** Completes "the store can't be …:". */
  readonly why: string
  readonly nextStep: string
}

const FREE_SPACE = 'Free space on the disk of the store, then start the gateway again.'
const MEND_RIGHTS = 'Give the folder and its files to the user that the gateway runs as, in mode 700 and 600.'
const RESTORE = 'Restore the store from a backup; keep the damaged one as evidence.'

const REASONS: readonly (readonly [code: RegExp, why: string, nextStep: string])[] = [
  [/^(SQLITE_FULL|ENOSPC|EDQUOT)$/, 'its disk is full', FREE_SPACE],
  [
    /^EROFS$|^SQLITE_READONLY/,
    'it is read-only',
    'Mount its disk for writing, and see that the files may be written.',
  ],
  [/^(EACCES|EPERM|SQLITE_PERM|SQLITE_CANTOPEN.*)$/, 'this user may not write it', MEND_RIGHTS],
  [/^ENOENT$/, 'the folder above it does not exist', 'Create that folder, or mount the disk that it is on.'],
  [/^ENOTDIR$/, 'it is not a folder', 'Name a folder in "store".'],
  [/^SQLITE_NOTADB$/, 'its sluice.db is not a database', RESTORE],
  [/^SQLITE_CORRUPT/, 'its sluice.db is damaged', RESTORE],
  [
    /^(SQLITE_IOERR.*|EIO)$/,
    'its disk fails',
    'Look at the disk and the system’s log, then start the gateway again.',
  ],
  [/^SQLITE_BUSY/, 'another program has locked it', 'End the program that uses sluice.db, such as a backup.'],
]

/** What is the matter with the store in `folder`. */
export function reasonOf(thrown: unknown, folder?: string): Reason {
  const code = moreTelling(codeOf(thrown), folder)
  const [, why, nextStep] = REASONS.find(([pattern]) => pattern.test(code)) ?? []
  if (why === undefined || nextStep === undefined)
    return { why: code, nextStep: 'See that the store is on a local disk with space, and may be written.' }
  const whose = nextStep === MEND_RIGHTS && folder !== undefined ? ownerOf(folder) : ''
  return { why: `${why}${whose} (${code})`, nextStep }
}

/** What went wrong as SQLite or the system names it, such as SQLITE_FULL or EACCES. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown error'
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.message
}

// That a file can't be opened may have many reasons; the system tells which.
function moreTelling(code: string, folder: string | undefined): string {
  if (!code.startsWith('SQLITE_CANTOPEN') || folder === undefined) return code
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return code
  } catch (thrown) {
    return codeOf(thrown)
  }
}

function ownerOf(folder: string): string {
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid
  const self = process.geteuid?.()
  return owner === undefined || owner === self ? '' : `: it belongs to the user id ${owner}, not ${self}`
}
