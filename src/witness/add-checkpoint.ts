// A witness's one verb, https://c2sp.org/tlog-witness: it cosigns a checkpoint that extends what it cosigned before.
import { openCheckpoint, readCheckpoint } from '../audit/checkpoint.ts'
import type { Checkpoint } from '../audit/checkpoint.ts'
import type { Cosigner } from '../audit/cosignature.ts'
import { EMPTY_ROOT, equal, verifyConsistency } from '../audit/merkle.ts'
import { openNote } from '../audit/note.ts'
import type { Verifier } from '../audit/note.ts'
import type { WitnessState } from './state.ts'

export interface Witness {
  readonly cosigner: Cosigner
  /** By origin: keys that the log may sign with. */
  readonly logs: ReadonlyMap<string, readonly Verifier[]>
  readonly state: WitnessState
  now(): number
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly body: string
  /** The checkpoint that it is about, where a log that is known signed it. */
  readonly checkpoint?: Checkpoint
  /** The log signed it, and it was not shown to extend the `known` entries cosigned before; `isFork` where it can't. */
  readonly unproved?: { readonly known: number; readonly isFork: boolean }
}

/** Longer bodies are no request: 63 hashes, and a checkpoint with some signatures. */
export const LONGEST_REQUEST = 65_536

const MOST_HASHES = 63

/** Answers the body of POST /add-checkpoint; what it cosigns is durable before it returns. Throws ERR_STORE. */
export function addCheckpoint(witness: Witness, body: string): WitnessAnswer {
  const asked = parseRequest(body)
  if (!asked) return { status: 400, body: 'The body is no request as tlog-witness has it.\n' }
  const { old, proof, note, origin } = asked
  const keys = witness.logs.get(origin)
  if (!keys) return { status: 404, body: 'This witness does not know the log.\n' }
  const checkpoint = keys.map((key) => openCheckpoint(note, key)).find((opened) => opened !== undefined)
  if (!checkpoint) return { status: 403, body: 'No key that this witness knows of the log signed that.\n' }
  const { size, root } = checkpoint
  if (old > size) return { status: 400, body: 'The old size is larger than the checkpoint’s.\n', checkpoint }
  const known = witness.state.latest(origin) ?? { size: 0, root: EMPTY_ROOT }
  const conflict = (at: number): WitnessAnswer => ({ status: 409, body: `${at}\n`, checkpoint })
  if (old !== known.size) return conflict(known.size)
  if (old === size && !equal(root, known.root))
    return { ...conflict(known.size), unproved: { known: known.size, isFork: true } }
  const claim = { from: old, fromRoot: known.root, to: size, toRoot: root }
  if (!verifyConsistency(claim, proof)) {
    const text = `The proof does not lead from the ${old} entries cosigned before to these ${size}.\n`
    return { status: 422, body: text, checkpoint, unproved: { known: known.size, isFork: false } }
  }
  if (
    size > known.size &&
    !witness.state.advance(origin, known.size, { size, root, note, time: witness.now() })
  )
    return conflict(witness.state.latest(origin)?.size ?? 0)
  const { text } = openNote(note) as NonNullable<ReturnType<typeof openNote>>
  return { status: 200, body: `${witness.cosigner.cosign(text, witness.now())}\n`, checkpoint }
}

interface Request {
  readonly old: number
  readonly proof: readonly Uint8Array[]
  readonly note: string
  readonly origin: string
}

function parseRequest(body: string): Request | undefined {
  const split = body.indexOf('\n\n')
  if (split < 0) return undefined
  const [oldLine = '', ...hashes] = body.slice(0, split).split('\n')
  const digits = /^old (0|[1-9]\d{0,15})$/.exec(oldLine)?.[1]
  const proof = hashes.map(hashOf)
  const note = body.slice(split + 2)
  const checkpoint = openNote(note) && readCheckpoint(note)
  if (digits === undefined || !Number.isSafeInteger(Number(digits)) || !checkpoint) return undefined
  if (proof.length > MOST_HASHES || !proof.every((hash) => hash !== undefined)) return undefined
  return { old: Number(digits), proof, note, origin: checkpoint.origin }
}

function hashOf(line: string): Uint8Array | undefined {
  const bytes = Buffer.from(line, 'base64')
  return bytes.length === 32 && bytes.toString('base64') === line ? bytes : undefined
}
