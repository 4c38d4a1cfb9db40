// ${env:NAME} and ${file:PATH} within a value.
import { NotText } from './read-text.ts'

export interface Origin {
  /** Absolute path of the file: errors name it, and relative paths start from its folder. */
  readonly file: string
  readonly env: { readonly [name: string]: string | undefined }
  /** Text of a file by absolute path; throws where there is none. */
  readonly readFile: (path: string) => string
}

// One that is not closed is a mistake, not a text.
const REFERENCE = /\$\{([^}]*)(\}|$)/g

/** The text with its references replaced; those that lead nowhere by nothing, each with what is wrong. */
export function resolveReferences(
  text: string,
  origin: Origin,
  resolvePath: (path: string) => string,
): { value: string; problems: string[] } {
  const problems: string[] = []
  const value = text.replace(REFERENCE, (_, reference: string, end: string) => {
    const found = end === '' ? NOT_CLOSED : resolveReference(reference, origin, resolvePath)
    if (found.problem !== undefined) problems.push(found.problem)
    return found.value ?? ''
  })
  return { value, problems }
}

const NOT_CLOSED: Resolved = { problem: 'holds a reference that is not closed by }' }

interface Resolved {
  readonly value?: string
  readonly problem?: string
}

function resolveReference(
  reference: string,
  { env, readFile }: Origin,
  resolvePath: (path: string) => string,
): Resolved {
  const colon = reference.indexOf(':')
  const kind = reference.slice(0, colon)
  const name = reference.slice(colon + 1)
  if (kind === 'env' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    const value = env[name]
    if (value === undefined) return { problem: `the environment variable ${name} is not set` }
    return value === '' ? { problem: `the environment variable ${name} is empty` } : { value }
  }
  if (kind === 'file' && name !== '') {
    const path = resolvePath(name)
    try {
      const value = readFile(path).replace(/\r?\n$/, '')
      return value === '' ? { problem: `the file ${path} is empty` } : { value }
    } catch (error) {
      return { problem: `the file ${path} ${whyUnreadable(error)}` }
    }
  }
  return { problem: 'holds a reference of an unknown form; allowed: ${env:NAME} and ${file:PATH}' }
}

export function whyUnreadable(error: unknown): string {
  if (error instanceof NotText) return error.message
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  if (code === 'EISDIR') return 'is a folder'
  if (code === 'ENOTDIR') return 'does not exist: a part of its path is no folder'
  return 'cannot be read'
}
