// The ledger's key replaced by another: an entry that names both, proved to be in a checkpoint that both have signed.
// It travels as a receipt (https://c2sp.org/tlog-proof), so that it verifies alone.
import type { Checkpoint } from './checkpoint.ts'
import { keyIdOf, verifierOf } from './note.ts'
import { parseReceipt, verifyReceipt } from './receipt.ts'
import { fault } from './verify/fault.ts'

export interface Rotation {
  /** The verifier keys, `name+hash+key`: the one that signed until then, and the one that signs since. */
  readonly from: string
  readonly to: string
  /** The entry that says so. */
  readonly index: number
  /** The checkpoint that both have signed; the former key has signed none that is larger. */
  readonly checkpoint: Checkpoint
  readonly note: string
}

export interface LedgerKeys {
  /** The newest key that the known one leads to: itself, where it was not replaced. */
  readonly vkey: string
  /** The rotations that lead there from the known key, oldest first. */
  readonly since: readonly Rotation[]
  /** Those by which the known key came, oldest first. */
  readonly before: readonly Rotation[]
}

/** Throws ERR_LEDGER_INVALID where one of the texts is no rotation that both of its keys have signed, or they contradict each other. */
export function keysFrom(known: string, texts: readonly string[]): LedgerKeys {
  const rotations = texts.map(openRotation).sort((a, b) => a.checkpoint.size - b.checkpoint.size)
  const since: Rotation[] = []
  const before: Rotation[] = []
  for (const rotation of rotations) {
    if (rotations.some((other) => other !== rotation && other.from === rotation.from))
      throw fault('other-key', `two keys are said to have replaced key ${keyIdOf(rotation.from)}`)
    if (rotation.from === (since.at(-1)?.to ?? known)) since.push(rotation)
  }
  for (const rotation of rotations.toReversed())
    if (rotation.to === (before[0]?.from ?? known)) before.unshift(rotation)
  return { vkey: since.at(-1)?.to ?? known, since, before }
}

function openRotation(text: string): Rotation {
  const receipt = parseReceipt(text)
  const keys = receipt && keysIn(receipt.entry)
  if (!receipt || !keys) throw fault('other-key', 'what is said to have replaced its key is no rotation')
  const checkpoint = verifyReceipt(receipt, keys.from)
  verifyReceipt(receipt, keys.to)
  if (receipt.index !== checkpoint.size - 1)
    throw fault('other-key', `the checkpoint that both keys signed does not end with entry ${receipt.index}`)
  return { ...keys, index: receipt.index, checkpoint, note: receipt.note }
}

function keysIn(entry: string): { readonly from: string; readonly to: string } | undefined {
  try {
    const { v, kind, from, to } = JSON.parse(entry) as Record<string, unknown>
    if (v !== 1 || kind !== 'key-rotated' || typeof from !== 'string' || typeof to !== 'string')
      return undefined
    return verifierOf(from).name === verifierOf(to).name && from !== to ? { from, to } : undefined
  } catch {
    return undefined
  }
}
