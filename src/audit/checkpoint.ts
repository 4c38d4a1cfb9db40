// Checkpoints: a tree's size and root, signed by the log. https://c2sp.org/tlog-checkpoint
import type { Signer, Verifier } from './note.ts'

export interface Checkpoint {
  /** The log's name, such as `gw.example/ledger`. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

export function signCheckpoint(checkpoint: Omit<Checkpoint, 'origin'>, signer: Signer): string {
  const root = Buffer.from(checkpoint.root).toString('base64')
  return signer.sign(`${signer.name}\n${checkpoint.size}\n${root}\n`)
}

/** The note with another's signature of it, a note of the same text, unless it is the same note. Throws RangeError where that is of another text. */
export function signedBesides(note: string, other: string | undefined): string {
  if (other === undefined || other === note) return note
  const split = note.lastIndexOf('\n\n') + 2
  if (other.startsWith(note.slice(0, split))) return note + other.slice(split)
  throw new RangeError('the other signature is of another checkpoint')
}

/** The checkpoint in a note, if `verifier` finds its own signature good and its own name as the origin; else undefined. */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint | undefined {
  const text = verifier.open(note)
  const checkpoint = text === undefined ? undefined : parse(text)
  return checkpoint?.origin === verifier.name ? checkpoint : undefined
}

/** What a note says as a checkpoint, whoever signed it; undefined where it is none. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  return note.includes('\n\n') ? parse(note) : undefined
}

/** The size that a note of our own store states, unverified. */
export function statedSize(note: string): number {
  return Number(note.split('\n', 2)[1])
}

// Lines after the third are extensions, which a reader ignores.
function parse(text: string): Checkpoint | undefined {
  const [origin = '', digits = '', encoded = ''] = text.split('\n')
  const root = Buffer.from(encoded, 'base64')
  const size = Number(digits)
  if (origin === '' || !/^(0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(size)) return undefined
  if (root.length !== 32 || root.toString('base64') !== encoded) return undefined
  return { origin, size, root }
}
