// The reader's side of following: nothing is believed that is not signed, consistent with what was pinned, and included.
import { SluiceError } from '../base/errors.ts'
import type { Entry } from '../terms/entry.ts'
import { openCheckpoint } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { equal, leafHash, verifyConsistency, verifyInclusion } from './merkle.ts'
import { verifierOf } from './note.ts'
import type { Verifier } from './note.ts'

export interface FollowTrust {
  /** The log's verifier key, as it was pinned. */
  readonly vkey: string
  /** The newest checkpoint note that this reader has verified before, if any. */
  readonly pin?: string
  /** With `all` no index may be left out; without it others' entries lie between. */
  readonly all: boolean
  /** The first index, where it is known. */
  readonly from?: number
}

export interface VerifiedEntry {
  readonly index: number
  readonly entry: Entry
  /** The subject's name as the gateway gave it: not covered by any proof. */
  readonly name?: string
  /** Size of the checkpoint that the entry was proved against. */
  readonly size: number
}

/** Takes a follow reply's objects one by one. Throws ERR_LEDGER_INVALID at the first that doesn't hold: what, and where. */
export class FollowVerifier {
  private verifier: Verifier
  private readonly all: boolean
  private note: string | undefined
  private trusted: Checkpoint | undefined
  /** The checkpoint of this reply; entries before it have nothing to be proved against. */
  private current: Checkpoint | undefined
  private next: number
  /** Whether `next` is the only index that may follow, rather than the lowest. */
  private exact: boolean

  constructor(trust: FollowTrust) {
    this.verifier = verifierOf(trust.vkey)
    this.all = trust.all
    this.next = trust.from ?? 0
    this.exact = trust.all && trust.from !== undefined
    if (trust.pin === undefined) return
    this.note = trust.pin
    this.trusted = openCheckpoint(trust.pin, this.verifier)
    if (!this.trusted) throw invalid('the checkpoint pinned here is not signed by the key pinned here')
  }

  /** Goes on under the key that has replaced the one known; `pin` is signed by it, and extends what was pinned. */
  rekey(vkey: string, pin: string): void {
    this.verifier = verifierOf(vkey)
    const pinned = openCheckpoint(pin, this.verifier)
    if (!pinned) throw invalid('the checkpoint pinned here is not signed by the key pinned here')
    if (this.trusted && pinned.size < this.trusted.size) return
    this.trusted = pinned
    this.note = pin
  }

  /** The newest checkpoint note that was found good: what to pin. */
  get pin(): string | undefined {
    return this.note
  }

  /** The same, once the gateway itself has shown a checkpoint. */
  get seen(): string | undefined {
    return this.current && this.note
  }

  /** Size of the checkpoint to ask consistency from; 0 for none. */
  get pinned(): number {
    return this.trusted?.size ?? 0
  }

  /** The entry on this line, verified; undefined for a checkpoint, which is verified too, and for a heartbeat. */
  accept(line: unknown): VerifiedEntry | undefined {
    if (typeof line !== 'object' || line === null) throw invalid('a line of the reply is not an object')
    if ('checkpoint' in line) return this.acceptCheckpoint(line)
    if ('entry' in line) return this.acceptEntry(line)
    return undefined
  }

  /** Call when a reply that doesn't stay open has ended: throws if it stopped short of its checkpoint. */
  end(): void {
    if (!this.current) throw invalid('the reply ended without a checkpoint')
    if (this.exact && this.next < this.current.size) {
      throw invalid(`entry ${this.next} is missing: the checkpoint covers ${this.current.size} entries`)
    }
  }

  private acceptCheckpoint(line: { checkpoint?: unknown; consistency?: unknown }): undefined {
    const note = typeof line.checkpoint === 'string' ? line.checkpoint : ''
    const offered = openCheckpoint(note, this.verifier)
    if (!offered) throw invalid(`a checkpoint is not signed by ${this.verifier.name}'s pinned key`)
    if (this.exact && this.current && this.next < this.current.size) {
      throw invalid(`entry ${this.next} is missing before the checkpoint of size ${offered.size}`)
    }
    const known = this.trusted
    if (known) {
      if (offered.size < known.size) {
        throw invalid(`rolled back: it held ${known.size} entries, now it says ${offered.size}`)
      }
      if (offered.size === known.size && !equal(offered.root, known.root)) {
        throw invalid(`forked: two checkpoints of size ${known.size} have different roots`)
      }
      const claim = { from: known.size, fromRoot: known.root, to: offered.size, toRoot: offered.root }
      if (!verifyConsistency(claim, hashes(line.consistency, 'consistency proof'))) {
        const sizes = `size ${offered.size} does not extend the one of size ${known.size}`
        throw invalid(`forked or rewritten before entry ${known.size}: the checkpoint of ${sizes}`)
      }
    }
    this.trusted = this.current = offered
    this.note = note
    return undefined
  }

  private acceptEntry(line: {
    index?: unknown
    entry?: unknown
    inclusion?: unknown
    name?: unknown
  }): VerifiedEntry {
    const { index, entry: text, name } = line
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || typeof text !== 'string') {
      throw invalid(`the line after entry ${this.next - 1} has no index or no text`)
    }
    if (!this.current) throw invalid(`entry ${index} came before any checkpoint`)
    if (index < this.next) throw invalid(`entry ${index} is out of order: entry ${this.next} was due`)
    if (this.exact && index > this.next) throw invalid(`entry ${this.next} is missing: ${index} came instead`)
    const claim = { leaf: leafHash(text), index, size: this.current.size, root: this.current.root }
    if (!verifyInclusion(claim, hashes(line.inclusion, `inclusion proof of entry ${index}`))) {
      throw invalid(`entry ${index} is not what the checkpoint of size ${this.current.size} covers there`)
    }
    this.next = index + 1
    this.exact = this.all
    return {
      index,
      entry: parseEntry(text, index),
      ...(typeof name === 'string' ? { name } : {}),
      size: this.current.size,
    }
  }
}

function parseEntry(text: string, index: number): Entry {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'kind' in value && 'time' in value)
      return value as Entry
  } catch {
    // Falls through: the proof held, so it is the ledger's own fault.
  }
  throw invalid(`entry ${index} is in the ledger but is not an entry`)
}

function hashes(value: unknown, what: string): Uint8Array[] {
  if (!Array.isArray(value) || value.length > 128) throw invalid(`the ${what} is not a list of hashes`)
  return value.map((item: unknown) => {
    const bytes = Buffer.from(typeof item === 'string' ? item : '', 'base64')
    if (bytes.length !== 32) throw invalid(`the ${what} holds something that is not a hash`)
    return bytes
  })
}

function invalid(what: string): SluiceError {
  return new SluiceError('ERR_LEDGER_INVALID', `The ledger does not verify: ${what}.`, {
    nextSteps: [
      'Keep this output and tell your security team; the checkpoint pinned on this machine is the evidence.',
    ],
  })
}
