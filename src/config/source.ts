// A YAML file with the places of its values, and its references (${env:NAME}, ${file:PATH}) resolved.
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Scalar } from 'yaml'

export type Path = readonly (string | number)[]

/** What is wrong, and where. Messages name keys and what is allowed; they never show a value that may be a secret. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly line: number
  readonly column: number
  /** Such as `models[0].upstream`; empty where the file can't be read as YAML. */
  readonly key: string
  readonly message: string
}

export interface Origin {
  /** Absolute path of the file: errors name it, and relative paths start from its folder. */
  readonly file: string
  readonly env: { readonly [name: string]: string | undefined }
  /** Text of a file by absolute path; throws where there is none. */
  readonly readFile: (path: string) => string
}

export interface Source {
  /** The content as plain values; undefined where the text isn't YAML. */
  readonly value: unknown
  readonly problems: Problem[]
  /** Adds a problem at the value of the path, or at the key itself, or at the nearest parent that exists. */
  report(severity: Problem['severity'], path: Path, message: string, at?: 'key' | 'value'): void
  /** Whether the value holds a reference: so that a literal secret can be told from one kept elsewhere. */
  isReference(path: Path): boolean
}

const REFERENCE = /\$\{([^}]*)\}/g

export function readSource(text: string, origin: Origin, resolvePath: (path: string) => string): Source {
  const lines = new LineCounter()
  // The parser's pretty messages quote the source, which may hold secrets: only its codes and places are used.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const problems: Problem[] = []
  const references = new Set<Scalar>()
  const unresolved = new Set<Scalar>()
  const add = (severity: Problem['severity'], offset: number, key: string, message: string) => {
    const { line, col } = lines.linePos(offset)
    problems.push({ severity, line: Math.max(1, line), column: Math.max(1, col), key, message })
  }

  // One broken place makes the parser stumble over what follows on the line: the first says it.
  const told = new Set<number>()
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const { line } = lines.linePos(pos[0])
    if (told.has(line)) continue
    told.add(line)
    add('error', pos[0], '', SYNTAX[code] ?? `is not valid YAML here (${code})`)
  }

  const report: Source['report'] = (severity, path, message, at = 'value') => {
    // A reference that could not be resolved has been told: what else is wrong with the value follows from it.
    if (!unresolved.has(document.getIn(path, true) as Scalar))
      add(severity, offsetOf(path, at), dotted(path), message)
  }
  const isReference = (path: Path) => {
    const node = document.getIn(path, true)
    return isScalar(node) && references.has(node)
  }
  if (problems.length > 0) return { value: undefined, problems, report, isReference }

  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      references.add(node)
      node.value = node.value.replace(REFERENCE, (_, reference: string) => {
        const { value = '', problem } = resolveReference(reference, origin, resolvePath)
        if (!problem) return value
        unresolved.add(node)
        add('error', node.range?.[0] ?? 0, dotted(pathOf(node, ancestors)), problem)
        return ''
      })
    },
  })
  return { value: document.toJS(), problems, report, isReference }

  function offsetOf(path: Path, at: 'key' | 'value'): number {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true)
      const name = path[length - 1]
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && key.value === name)
        : undefined
      const node = isSeq(parent)
        ? parent.items[Number(name)]
        : at === 'key'
          ? pair?.key
          : (pair?.value ?? pair?.key)
      const range = (node as Scalar | undefined)?.range
      if (range) return range[0]
    }
    return document.contents?.range?.[0] ?? 0
  }
}

/** `models[0].upstream` for `['models', 0, 'upstream']`. */
function dotted(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  )
}

type Ancestors = Parameters<
  Extract<NonNullable<Parameters<typeof visit>[1]>, (...args: never[]) => unknown>
>[2]

function pathOf(node: Scalar, ancestors: Ancestors): Path {
  const path: (string | number)[] = []
  const chain = [...ancestors, node]
  chain.forEach((ancestor, i) => {
    const next = chain[i + 1]
    if (isSeq(ancestor)) path.push(ancestor.items.indexOf(next))
    else if (isMap(ancestor)) {
      const pair = ancestor.items.find((item) => item === next)
      path.push(isScalar(pair?.key) ? String(pair.key.value) : '?')
    }
  })
  return path
}

function resolveReference(
  reference: string,
  { env, readFile }: Origin,
  resolvePath: (path: string) => string,
): { value?: string; problem?: string } {
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  if (code === 'EISDIR') return 'is a folder'
  return 'cannot be read'
}

const SYNTAX: { readonly [code: string]: string } = {
  BAD_ALIAS: 'a value that starts with * needs quotes: "*"',
  BAD_INDENT: 'is indented wrongly, or a bracket is not closed',
  BAD_SCALAR_START: 'a value that starts with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'has a second ": " on the line; put the value in quotes',
  DUPLICATE_KEY: 'repeats a key of the same mapping',
  MISSING_CHAR: 'a quote, bracket or colon is missing',
  MULTIPLE_DOCS: 'starts a second document; the file holds one',
  TAB_AS_INDENT: 'is indented by a tab; YAML wants spaces',
  TAG_RESOLVE_FAILED: 'has a YAML tag (!…), which sluice does not know; quote a value that starts with !',
  UNEXPECTED_TOKEN: 'is not valid YAML here; inside { } and [ ] a reference needs quotes: "${env:NAME}"',
}
