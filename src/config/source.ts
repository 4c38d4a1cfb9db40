// A YAML file with the places of its values, and its references (${env:NAME}, ${file:PATH}) resolved.
import { resolveReferences, type Origin } from './references.ts'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Scalar,
} from 'yaml'

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

export interface Source {
  /** The content as plain values; undefined where the text isn't YAML. */
  readonly value: unknown
  /** The same as it is written, with its references. */
  readonly written: unknown
  readonly problems: Problem[]
  /** Adds a problem at the value of the path, or at the key itself, or at the nearest parent that exists. */
  report(severity: Problem['severity'], path: Path, message: string, at?: 'key' | 'value'): void
  /** Where the value of the path stands, as `3:9`; undefined where the file does not say it. */
  placeOf(path: Path): string | undefined
  /** Whether the value holds a reference: so that a literal secret can be told from one kept elsewhere. */
  isReference(path: Path): boolean
}

// What YAML 1.2 (§5.1) does not allow in a file; a text editor never puts it there.
const NOT_TEXT = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/

export function readSource(text: string, origin: Origin, resolvePath: (path: string) => string): Source {
  const lines = new LineCounter()
  // The parser's pretty messages quote the source, which may hold secrets: only its codes and places are used.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const problems: Problem[] = []
  const references = new Set<Scalar>()
  const unresolved = new Set<Scalar>()
  const add = (severity: Problem['severity'], offset: number, key: string, message: string) => {
    const { line, col } = lines.linePos(offset)
    problems.push({ severity, line: Math.max(1, line), column: Math.max(1, col), key, message })
  }

  const odd = NOT_TEXT.exec(text)
  if (odd) {
    const told =
      odd[0] === '\r' ? 'has a line break of CR alone; LF or CRLF is wanted' : 'has a control character'
    // The parser does not count such lines.
    const line = text.slice(0, odd.index).split(/\r\n|\r|\n/).length
    problems.push({ severity: 'error', line, column: 1, key: '', message: told })
    return {
      value: undefined,
      written: undefined,
      problems,
      report: () => undefined,
      placeOf: () => undefined,
      isReference: () => false,
    }
  }

  // One broken place makes the parser stumble over what follows on the line: the first says it.
  const told = new Set<number>()
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const at = code === 'MISSING_CHAR' ? openQuote(document, pos[0]) : pos[0]
    const { line } = lines.linePos(at)
    if (told.has(line)) continue
    told.add(line)
    add('error', at, '', SYNTAX[code] ?? `is not valid YAML here (${code})`)
  }

  const report: Source['report'] = (severity, path, message, at = 'value') => {
    // A reference that could not be resolved has been told: what else is wrong with the value follows from it.
    const node = valueAt(path)
    if (!node || !unresolved.has(node)) add(severity, offsetOf(path, at), dotted(path), message)
  }
  const placeOf = (path: Path) => {
    if (!document.hasIn(path)) return undefined
    const { line, col } = lines.linePos(offsetOf(path, 'value'))
    return `${line}:${col}`
  }
  const isReference = (path: Path) => {
    const node = valueAt(path)
    return node !== undefined && references.has(node)
  }
  if (problems.length > 0)
    return { value: undefined, written: undefined, problems, report, placeOf, isReference }

  const written = valueOf()

  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      references.add(node)
      const { value, problems } = resolveReferences(node.value, origin, resolvePath)
      node.value = value
      if (problems.length > 0) unresolved.add(node)
      for (const problem of problems)
        add('error', node.range?.[0] ?? 0, dotted(pathOf(node, ancestors)), problem)
    },
  })
  const value = written === undefined ? undefined : valueOf()
  return { value, written, problems, report, placeOf, isReference }

  function valueAt(path: Path): Scalar | undefined {
    const found = document.getIn(path, true)
    const node = isAlias(found) ? found.resolve(document) : found
    return isScalar(node) ? node : undefined
  }

  function valueOf(): unknown {
    try {
      return document.toJS()
    } catch {
      // A few aliases that repeat each other can stand for more than any memory holds.
      let first = 0
      visit(document, { Alias: (_, { range }) => ((first = range?.[0] ?? 0), visit.BREAK) })
      add(
        'error',
        first,
        '',
        'starts aliases (*name) that repeat one another too often; write the values out',
      )
      return undefined
    }
  }

  function offsetOf(path: Path, at: 'key' | 'value'): number {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true)
      const name = path[length - 1]
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))
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

// The parser misses a quote where the file ends: a person looks where it was opened.
function openQuote(document: Document, end: number): number {
  let opened = end
  visit(document, {
    Scalar(_, { type, range }) {
      if ((type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') && range && range[0] < end && end <= range[2])
        opened = range[0]
    },
  })
  return opened
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

const SYNTAX: { readonly [code: string]: string } = {
  BAD_ALIAS: 'a value that starts with * needs quotes: "*"',
  BAD_INDENT: 'is indented wrongly, or a bracket is not closed',
  BAD_SCALAR_START: 'a value that starts with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'has a second ": " on the line; put the value in quotes',
  DUPLICATE_KEY: 'repeats a key of the same mapping',
  MISSING_CHAR: 'a quote, bracket or colon is missing',
  MULTIPLE_DOCS: 'starts a second document; the file holds one',
  RESOURCE_EXHAUSTION: 'nests too deeply',
  TAB_AS_INDENT: 'is indented by a tab; YAML wants spaces',
  TAG_RESOLVE_FAILED: 'has a YAML tag (!…), which sluice does not know; quote a value that starts with !',
  UNEXPECTED_TOKEN: 'is not valid YAML here; inside { } and [ ] a reference needs quotes: "${env:NAME}"',
}
