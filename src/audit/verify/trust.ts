// What a reader brings along from outside: the ledger's key, and checkpoints seen before. Held against the one at hand.
import { SluiceError } from '../../base/errors.ts'
import { openCheckpoint, readCheckpoint } from '../checkpoint.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { equal } from '../merkle.ts'
import { keyIdOf, signaturesOf, verifierOf } from '../note.ts'
import { type Confirm, type Recovery, recoveryFor } from '../recovery.ts'
import type { Rotation } from '../rotation.ts'
import { fault } from './fault.ts'

export interface Anchor {
  /** A checkpoint that this ledger once showed: a signed note. */
  readonly note: string
  /** Where it comes from, such as `pinned on this machine`. */
  readonly source: string
  /** When it was seen (epoch milliseconds), where that is known. */
  readonly time?: number
}

export interface Trust {
  /** The ledger's verifier key, `name+hash+key`. */
  readonly vkey?: string | undefined
  /** How that key came to be the ledger's: anchors may be signed by those that it replaced, up to there. */
  readonly rotations?: readonly Rotation[]
  readonly anchors: readonly Anchor[]
  /** What the ledger says it lost, and who is asked where that accounts for an anchor that it does not extend. */
  readonly recovered?: { readonly recoveries: readonly Recovery[]; readonly confirm: Confirm }
}

export interface SeenCheckpoint extends Checkpoint {
  readonly source: string
  /** It came with the ledger, not from outside: the ledger must extend it, and it anchors nothing. */
  readonly isItsOwn?: boolean
  /** What accounts for it where the ledger does not extend it. */
  readonly recovery?: Recovery | undefined
}

/** The ledger's checkpoint. Throws ERR_LEDGER_INVALID where it is none, or not signed by the key where there is one. */
export function trustedCheckpoint(note: string, vkey: string | undefined): Checkpoint {
  const stated = readCheckpoint(note)
  if (!stated) throw fault('checkpoint', 'its checkpoint is not one')
  if (vkey === undefined) return stated
  const verifier = verifierOf(vkey)
  const opened = openCheckpoint(note, verifier)
  if (opened) return opened
  if (stated.origin !== verifier.name) {
    throw fault('other-key', `its checkpoint is one of ${stated.origin}, the key is one of ${verifier.name}`)
  }
  const [, id] = vkey.split('+')
  const ids = signaturesOf(note)
    .filter(({ name }) => name === verifier.name)
    .map((signature) => signature.id)
  if (id !== undefined && ids.includes(id)) {
    throw fault('checkpoint', `the signature of key ${id} on its checkpoint does not fit the text`)
  }
  throw fault(
    'other-key',
    `its checkpoint is signed by ${ids.length > 0 ? `key ${ids.join(', ')}` : 'no key'}, not by key ${id}`,
  )
}

/**
 * The anchors, smallest first, with larger ones that a recovery accounts for. Throws ERR_USAGE for one that is no checkpoint of this ledger, or not signed by the key;
 * ERR_LEDGER_INVALID where the ledger holds less than one of them, or another root at the same size.
 */
export function heldAgainst(trust: Trust, checkpoint: Checkpoint): SeenCheckpoint[] {
  const source = 'at which its key was rotated'
  const rotated =
    trust.rotations?.map((rotation) => ({ ...rotation.checkpoint, source, isItsOwn: true })) ?? []
  const { recoveries = [] } = trust.recovered ?? {}
  const told = recoveries.map((recovery) => {
    return { ...recovery.checkpoint, source: 'that says what was lost', isItsOwn: true }
  })
  const given = trust.anchors.map((anchor) => {
    const seen = anchorOf(anchor, trust)
    return { ...seen, recovery: recoveryFor(recoveries, seen, anchor.time) }
  })
  const anchors: SeenCheckpoint[] = [...rotated, ...told, ...given].sort((a, b) => a.size - b.size)
  for (const { origin, source } of anchors) {
    if (origin !== checkpoint.origin) {
      throw fault(
        'other-key',
        `it calls itself ${checkpoint.origin}, the checkpoint ${source} is one of ${origin}`,
      )
    }
  }
  const larger = anchors.find(({ size, recovery }) => size > checkpoint.size && !recovery)
  if (larger) {
    const sizes = `it holds ${checkpoint.size} entries, the checkpoint ${larger.source} covers ${larger.size}`
    throw fault(
      'rolled-back',
      `rolled back: ${sizes}, so entries from ${checkpoint.size} on are gone`,
      checkpoint.size,
    )
  }
  return anchors
}

/** Whether the anchor and the checkpoint are two of one size that differ. */
export function contradicts(anchor: Checkpoint, checkpoint: Checkpoint): boolean {
  return anchor.size === checkpoint.size && !equal(anchor.root, checkpoint.root)
}

/** A key went on signing after it was replaced: what it signed and what its successor signs are two ledgers. */
export function signedAfter(vkey: string, until: number, size: number, source: string): SluiceError {
  const what = `key ${keyIdOf(vkey)} was replaced at ${until} entries, and the checkpoint ${source} of ${size} is signed by it`
  return fault('forked', `forked or rolled back at entry ${until}: ${what}`, until)
}

function anchorOf({ note, source }: Anchor, { vkey, rotations = [] }: Trust): SeenCheckpoint {
  const checkpoint = vkey === undefined ? readCheckpoint(note) : openCheckpoint(note, verifierOf(vkey))
  if (checkpoint) return { ...checkpoint, source }
  for (const { from, checkpoint: last } of rotations) {
    const before = openCheckpoint(note, verifierOf(from))
    if (before && before.size > last.size) throw signedAfter(from, last.size, before.size, source)
    if (before) return { ...before, source }
  }
  const why = vkey === undefined ? 'is no checkpoint' : 'is not signed by the ledger’s key'
  throw new SluiceError('ERR_USAGE', `The checkpoint ${source} ${why}.`, {
    nextSteps: ['Give a checkpoint of this ledger, as its gateway sent it or another reader kept it.'],
  })
}
