// One witness asked for its cosignature, https://c2sp.org/tlog-witness from the log's side.
import { statedSize } from '../audit/checkpoint.ts'
import type { CosignatureVerifier } from '../audit/cosignature.ts'
import type { EntryLog } from '../audit/log.ts'

/** Posts the body to a witness's /add-checkpoint. Rejects where no answer comes; the signal ends the wait. */
export type Submit = (body: string, signal: AbortSignal) => Promise<WitnessReply>

export interface WitnessReply {
  readonly status: number
  /** No longer than a few lines; a longer one is cut. */
  readonly body: string
}

export interface WitnessPort {
  readonly verifier: CosignatureVerifier
  readonly submit: Submit
}

export type Submitted =
  /** The cosignature's line, and the size that the witness knows now. */
  | { readonly kind: 'cosigned'; readonly line: string; readonly size: number }
  /** It has cosigned more of this ledger than the checkpoint holds. */
  | { readonly kind: 'ahead'; readonly size: number }
  /** It has cosigned `size` entries that this ledger does not begin with. */
  | { readonly kind: 'contradicted'; readonly size: number }
  | { readonly kind: 'away'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }

/** Asks the witness to cosign `note`; `known` is the size that it is thought to have cosigned last. Never rejects. */
export async function submitCheckpoint(
  { verifier, submit }: WitnessPort,
  log: Pick<EntryLog, 'consistency'>,
  note: string,
  known: number,
  signal: AbortSignal,
): Promise<Submitted> {
  const size = statedSize(note)
  // What is thought may be wrong once: the witness says what it knows.
  for (let old = Math.min(known, size), attempt = 1; ; attempt++) {
    let reply: WitnessReply
    try {
      const proof = old > 0 && old < size ? await log.consistency(old, size) : []
      reply = await submit(requestOf(old, proof, note), signal)
    } catch (thrown) {
      return { kind: 'away', why: signal.aborted ? 'it does not answer' : reasonOf(thrown) }
    }
    const { status, body } = reply
    if (status === 200) {
      const found = verifier.find(`${note}${body}`)
      if (found) return { kind: 'cosigned', line: found.line, size }
      return { kind: 'refused', why: 'its answer is no cosignature by its key' }
    }
    if (status === 422) return { kind: 'contradicted', size: old }
    if (status >= 500) return { kind: 'away', why: `it answers ${status}` }
    const told = status === 409 ? /^(0|[1-9]\d{0,15})\n?$/.exec(body)?.[1] : undefined
    if (told === undefined || attempt === 3) return { kind: 'refused', why: `it answers ${status}` }
    if (Number(told) > size) return { kind: 'ahead', size: Number(told) }
    if (Number(told) === old) return { kind: 'contradicted', size: old }
    old = Number(told)
  }
}

function requestOf(old: number, proof: readonly Uint8Array[], note: string): string {
  const hashes = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`)
  return `old ${old}\n${hashes.join('')}\n${note}`
}

function reasonOf(thrown: unknown): string {
  const { cause } = thrown as { cause?: { code?: unknown } }
  return typeof cause?.code === 'string' ? `it can’t be reached (${cause.code})` : 'it can’t be reached'
}
