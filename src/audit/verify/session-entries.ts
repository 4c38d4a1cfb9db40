// The entries of one session: gathered on the way through a ledger, and what of them began and has not ended.
import type { Entry } from '../../terms/entry.ts'
import { decodeBundle } from '../bundle.ts'

export interface IndexedEntry {
  readonly index: number
  readonly entry: Entry
}

export interface SessionEntries {
  /** To be called with every bundle, in any order; `first` is the index of its first entry. */
  readonly look: (first: number, bundle: Uint8Array) => void
  /** By index. */
  readonly found: readonly IndexedEntry[]
}

export function sessionEntries(session: string): SessionEntries {
  const found: IndexedEntry[] = []
  const spelled = Buffer.from(`"session":${JSON.stringify(session)}`)
  return {
    get found() {
      return found.toSorted((a, b) => a.index - b.index)
    },
    look(first, bundle) {
      // Few bundles have any, and bytes are looked through at no cost.
      if (Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length).indexOf(spelled) < 0) return
      for (const [at, text] of decodeBundle(bundle).entries()) {
        const entry = parsed(text)
        if (entry && isOfSession(entry, session)) found.push({ index: first + at, entry })
      }
    },
  }
}

export function isOfSession(entry: Entry, session: string): boolean {
  return 'session' in entry && entry.session === session
}

/** The exchanges that were let go on and have no outcome among these entries: they still run, or it is missing. */
export function withoutOutcome(entries: readonly IndexedEntry[]): string[] {
  const open = new Set<string>()
  for (const { entry } of entries) {
    if (entry.kind === 'decision') open.add(entry.exchange)
    else if (entry.kind === 'outcome') open.delete(entry.exchange)
  }
  return [...open]
}

// What is none is told by the verification.
function parsed(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Entry) : undefined
  } catch {
    return undefined
  }
}
